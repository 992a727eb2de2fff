import t from 'tap';
import winston from 'winston';
import { ErrsightTransport } from '../../transports/winston.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

const NUMBER = '7777-1234';
const events: ErrsightEvent[] = [];
const transport = new ErrsightTransport({
  apiKey: `elp_${'0'.repeat(48)}`,
  captureUncaught: false,
  beforeSend: (event) => {
    events.push(event);
    return null;
  },
});

class DeclinedError extends Error {
  code = 'E17';
  account = NUMBER;
}

/** As people write formats that mask what is theirs. */
const mask = winston.format((info) => ({
  ...info,
  [Symbol.for('level')]: info.level,
  message: String(info.message).replaceAll(NUMBER, '****'),
}));
const logger = winston.createLogger({
  format: winston.format.combine(mask(), winston.format.json()),
  transports: [transport],
});

function declined(): DeclinedError {
  return new DeclinedError(`declined for ${NUMBER}`, { cause: new Error(`no money on ${NUMBER}`) });
}

t.test('what a format took out of a text does not come back with its Error', (t) => {
  const rows: readonly (readonly [what: string, log: () => void, title: string])[] = [
    [
      'beside a text',
      () => logger.error('while paying', declined()),
      'while paying declined for ****',
    ],
    ['by itself', () => logger.error(declined()), 'declined for ****'],
  ];
  for (const [what, log, title] of rows) {
    events.length = 0;
    log();
    const [event] = events;
    t.equal(event?.message, `DeclinedError: ${title}`, what);
    t.notMatch(JSON.stringify(event), NUMBER, what);
    t.equal(event?.metadata.exception_class, 'DeclinedError', `${what}: its class`);
    t.equal(event?.metadata.exception_frames?.[0]?.function, 'declined', `${what}: its frames`);
    t.match(event?.metadata, { exception_properties: { code: 'E17' } }, `${what}: its code`);
  }
  t.end();
});

t.test('what no format changed is as it was', (t) => {
  events.length = 0;
  logger.error('while paying', new DeclinedError('declined', { cause: new Error('no money') }));
  t.match(events[0], {
    message: 'DeclinedError: declined',
    metadata: { exception_causes: [{ message: 'no money' }], log_message: 'while paying' },
  });
  t.end();
});
