import pino from 'pino';
import { captureException, close, init } from 'errsight';

test('captures and log lines of ES modules arrive', async () => {
  init({ captureUncaught: false });
  captureException(new TypeError('captured in an ES module in Jest'));
  expect(await close()).toBe(true);

  const transport = pino.transport({ target: 'errsight/pino' });
  pino(transport).error(new RangeError('logged to the target in an ES module in Jest'));
  await new Promise((resolve) => {
    transport.once('close', resolve);
    transport.end();
  });
});
