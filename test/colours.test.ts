/** Colours of a terminal in what is logged, by each logger: no event has any of them. */
import bunyan from 'bunyan';
import pino from 'pino';
import t from 'tap';
import winston from 'winston';
import { addBreadcrumb, captureException, close, init, withScope } from '../src/index.ts';
import { createErrsightStream, serializers } from '../transports/bunyan.ts';
import errsight from '../transports/pino.ts';
import { ErrsightTransport } from '../transports/winston.ts';
import type { ErrsightEvent } from '../src/event/event.ts';

let events: ErrsightEvent[] = [];

const options = {
  // Which no server ever sees.
  apiKey: 'elp_0',
  sourceContext: false,
  beforeSend(event: ErrsightEvent): null {
    events.push(event);
    return null;
  },
};

const red = (text: string): string => `\u001b[1;31m${text}\u001b[0m`;

function failing(order: number): Error {
  const cause = new TypeError(red('the reason'));
  return Object.assign(new Error(`${red('declined')} ${order}`, { cause }), { hint: red('pay') });
}

/** Says a step, a warning and an error, with colours in all of their texts. */
interface Door {
  readonly open: () => (order: number) => void;
  readonly close: () => unknown;
}

function pinoDoor(): Door {
  const stream = errsight(options);
  return {
    open: () => {
      const logger = pino({}, stream);
      return (order) => {
        logger.info({ step: red('one') }, red('a step'));
        logger.warn({ order: red('17') }, `${red('a warning')} of ${order}`);
        logger.error(failing(order), red('it failed'));
      };
    },
    close: () => stream.end(),
  };
}

function winstonDoor(): Door {
  const transport = new ErrsightTransport(options);
  const { colorize, combine, errors, json } = winston.format;
  return {
    open: () => {
      const format = combine(errors({ stack: true }), colorize({ all: true }), json());
      const logger = winston.createLogger({ format, transports: [transport] });
      return (order) => {
        logger.info(red('a step'), { step: red('one') });
        logger.warn(`${red('a warning')} of ${order}`, { order: red('17') });
        logger.error(red('it failed'), failing(order));
      };
    },
    close: () => transport.close(),
  };
}

function bunyanDoor(): Door {
  const stream = createErrsightStream(options);
  return {
    open: () => {
      const logger = bunyan.createLogger({ name: 'shop', streams: [stream], serializers });
      return (order) => {
        logger.info({ step: red('one') }, red('a step'));
        logger.warn({ order: red('17') }, `${red('a warning')} of ${order}`);
        logger.error({ err: failing(order) }, red('it failed'));
      };
    },
    close: () => stream.stream.end(),
  };
}

function consoleDoor(): Door {
  const { console: said } = globalThis;
  init({
    ...options,
    captureUncaught: false,
    captureConsole: ['warn', 'error'],
    consoleBreadcrumbs: true,
  });
  return {
    open: () => (order) => {
      addBreadcrumb({ message: red('a step'), category: red('shop'), data: { step: red('one') } });
      said.warn(`${red('a warning')} of ${order}`);
      said.error(red('it failed'), failing(order));
      captureException(failing(order));
    },
    close,
  };
}

const DOORS = { pino: pinoDoor, winston: winstonDoor, bunyan: bunyanDoor, console: consoleDoor };

for (const [name, make] of Object.entries(DOORS)) {
  t.test(
    `${name}: an event has no colours in any text, and is grouped as without them`,
    async (t) => {
      events = [];
      // What `console` says is not for the output of this test.
      t.intercept(process.stderr, 'write', { value: () => true });
      const door = make();
      const log = door.open();
      withScope(() => log(1));
      withScope(() => log(2));
      await door.close();
      t.ok(events.length >= 4, `${events.length} events`);
      t.notMatch(JSON.stringify(events), /u001b|1;31m/);
      const warnings = events.filter(({ message }) => message.startsWith('a warning of'));
      t.strictSame(new Set(warnings.map(({ message }) => message)).size, 2);
      t.equal(new Set(warnings.map(({ fingerprint }) => String(fingerprint))).size, 1, 'one group');
      const steps = events.flatMap(({ breadcrumbs }) => breadcrumbs.map(({ message }) => message));
      t.ok(steps.includes('a step'), 'the step is there');
      t.ok(events.some(({ metadata }) => JSON.stringify(metadata).includes('"the reason"')));
    },
  );
}
