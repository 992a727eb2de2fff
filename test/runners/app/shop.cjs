// What every runner has an application do: it reports, flushes, and closes nothing.
const assert = require('node:assert/strict');

module.exports = async function shop(
  { captureException, flush, init, stats },
  errsight,
  pino,
  testing,
) {
  init({ beforeSend: (event) => event });
  captureException(new RangeError('captured'));
  const logger = pino(errsight());
  logger.error(new RangeError('logged'));
  assert.equal(await flush(), true);
  assert.equal(stats().delivered, 1);

  const sent = testing.recordEvents();
  captureException(new RangeError('recorded'));
  logger.error(new RangeError('recorded from a line'));
  assert.deepEqual(
    sent.map(({ message }) => message),
    ['RangeError: recorded', 'RangeError: recorded from a line'],
  );
  assert.match(sent[0].metadata.exception_frames[0].context_line, /recorded/);
};
