import bunyan from 'bunyan';
import pino from 'pino';
import t from 'tap';
import winston from 'winston';
import {
  addBreadcrumb,
  captureException,
  captureMessage,
  close,
  init,
  withScope,
} from '../../src/index.ts';
import { createErrsightStream, serializers } from '../../transports/bunyan.ts';
import errsightPino from '../../transports/pino.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import { isLeaked, secretWith } from './canary.ts';
import { FORMS, NAMES } from './forms.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

let last: ErrsightEvent | undefined;
function keep(event: ErrsightEvent): null {
  last = event;
  return null;
}
const options = { apiKey: `elp_${'0'.repeat(48)}`, captureUncaught: false, beforeSend: keep };
t.teardown(() => close());
init(options);
const winstonLogger = winston.createLogger({ transports: [new ErrsightTransport(options)] });
const bunyanLogger = bunyan.createLogger({
  name: 'doors',
  serializers,
  streams: [createErrsightStream(options)],
});
const { captureUncaught: _ofInit, ...ofPino } = options;
const pinoLogger = pino(errsightPino(ofPino));

/** Each brings a text, and a value under a name, into an event. */
const DOORS: Readonly<Record<string, (text: string, fields: object) => void>> = {
  message: (text) => {
    captureMessage(text, 'error');
  },
  error: (text, fields) => {
    captureException(Object.assign(new Error(text), fields, { detail: text }));
  },
  cause: (text, fields) => {
    captureException(new Error('x', { cause: Object.assign(new Error(text), fields) }));
  },
  members: (text) => {
    captureException(new AggregateError([new Error(text)], 'x'));
  },
  scope: (text, fields) => {
    withScope((scope) => {
      scope.setTag('note', text);
      captureException(new Error('x'), { metadata: { ...fields, text } });
    });
  },
  breadcrumb: (text, fields) => {
    addBreadcrumb({ message: text, data: { ...fields, text } });
    captureException(new Error('x'));
  },
  winston: (text, fields) => {
    winstonLogger.error(text, { ...fields, error: new Error(text) });
  },
  bunyan: (text, fields) => {
    bunyanLogger.error({ ...fields, err: new Error(text) }, text);
  },
  pino: (text, fields) => {
    pinoLogger.error({ ...fields, err: new Error(text) }, text);
  },
};

/** For each door; with the 40,000 of texts.test.ts they are 50,000. */
const CASES = 1_120;

t.test('no door lets a secret out, in a text or under a name', async (t) => {
  for (const [door, log] of Object.entries(DOORS)) {
    for (let index = 0; index < CASES; index += 1) {
      const form = FORMS[index % FORMS.length];
      if (form === undefined) break;
      const name = NAMES[(index * 7) % NAMES.length] ?? 'password';
      const sign = form.signs.charAt(index % form.signs.length);
      const text = form.write(name, secretWith(sign));
      const fields = {
        [name]: secretWith(sign),
        deep: { headers: [{ name, value: secretWith('') }] },
      };
      last = undefined;
      log(text, fields);
      await new Promise((resolve) => setImmediate(resolve));
      if (last === undefined) t.fail(`${door}: no event`);
      else if (isLeaked(JSON.stringify(last))) {
        t.fail(`${door}, ${form.what}: ${text} → ${JSON.stringify(last).slice(0, 1_500)}`);
      }
    }
    t.pass(door);
  }
});
