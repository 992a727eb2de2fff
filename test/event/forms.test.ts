import { join } from 'node:path';
import { Writable } from 'node:stream';
import { types } from 'node:util';
import bunyan from 'bunyan';
import pino, { stdSerializers } from 'pino';
import t from 'tap';
import winston from 'winston';
import { isErrorLike } from '../../src/event/error/class.ts';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import type { ExceptionInfo } from '../../src/event/error/exception.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { scrub } from '../helpers/scrub.ts';
import { DEFAULT_SHAPE, pinoRecord } from '../../transports/pino/records.ts';
import type { Account, Lossy, Told } from './thrown-case.ts';
import { THROWN } from './thrown-table.ts';

const root = join(import.meta.dirname, '../../../..');
const read = createExceptionReader({ scrub, paths: createPathRules({ projectRoot: root }) });

type Fields = Record<PropertyKey, unknown>;

/** What a logger hands on of what was thrown; undefined where there is no error in it. */
type HandOn = (thrown: unknown) => { readonly value: unknown } | undefined;

function throughPino(serializer: (err: Error) => unknown): HandOn {
  return (thrown) => {
    const lines: string[] = [];
    const stream = { write: (line: string) => void lines.push(line) };
    pino({ serializers: { err: serializer } }, stream).error({ err: thrown }, 'while paying');
    return thrownIn(lines);
  };
}

function throughBunyan(thrown: unknown): ReturnType<HandOn> {
  const lines: string[] = [];
  const stream = Object.assign(new Writable(), { write: (line: string) => lines.push(line) > 0 });
  const serializers = bunyan.stdSerializers;
  const logger = bunyan.createLogger({ name: 'shop', serializers, streams: [{ stream }] });
  logger.error({ err: thrown }, 'while paying');
  return thrownIn(lines);
}

/** The error in the one line that was written. */
function thrownIn(lines: readonly string[]): ReturnType<HandOn> {
  const [line = ''] = lines;
  return pinoRecord(JSON.parse(line) as Fields, DEFAULT_SHAPE).record.thrown;
}

const { combine, errors, json } = winston.format;

/** What a transport of winston gets: an object of its own, or the Error that was logged. */
function infoOf(thrown: unknown, say: Say, format: winston.Logform.Format = json()): Fields {
  const infos: Fields[] = [];
  const transport = new winston.transports.Stream({ stream: new Writable({ write() {} }) });
  transport.log = (info: Fields, done: () => void): void => {
    infos.push(info);
    done();
  };
  say(winston.createLogger({ format, transports: [transport] }), thrown);
  const [info = {}] = infos;
  return info;
}

/** The text that winston's formats made of it, parsed. */
function parsed(info: Fields): Fields {
  return JSON.parse(String(info[Symbol.for('message')])) as Fields;
}

/** The ways to log an error with winston. */
type Say = (logger: winston.Logger, thrown: unknown) => unknown;
const alone: Say = (logger, thrown) => logger.error(thrown);
const behindText: Say = (logger, thrown) => logger.error('while paying', thrown);
const underKey: Say = (logger, error) => logger.error('while paying', { error });

/**
 * What carries the error in what winston's transports get: what was logged behind the text, the
 * message (an Error that has none itself is put there), the whole of it, or the field `error`.
 */
function carrier(info: Fields): ReturnType<HandOn> {
  const behind = info[Symbol.for('splat')];
  const places = [Array.isArray(behind) && behind[0], info['message'], info, info['error']];
  const value = places.find(isErrorLike);
  return value === undefined ? undefined : { value };
}

interface Form {
  readonly name: string;
  readonly handOn: HandOn;
  /** Its column in the table; the Error itself has none. */
  readonly keeps?: Lossy;
}

const FORMS: readonly Form[] = [
  { name: 'the Error', handOn: (value) => ({ value }) },
  {
    name: "pino's serializer",
    handOn: (thrown) => ({ value: stdSerializers.err(thrown as Error) }),
    keeps: 'pino object',
  },
  { name: 'a line of pino', handOn: throughPino(stdSerializers.err), keeps: 'pino' },
  {
    name: 'a line of pino with errWithCause',
    handOn: throughPino(stdSerializers.errWithCause),
    keeps: 'pino errWithCause',
  },
  { name: 'a line of bunyan', handOn: throughBunyan, keeps: 'bunyan' },
  {
    name: 'winston, error(err)',
    handOn: (thrown) => carrier(infoOf(thrown, alone)),
    keeps: 'winston',
  },
  {
    name: "winston, error('text', err)",
    handOn: (thrown) => carrier(infoOf(thrown, behindText)),
    keeps: 'winston',
  },
  {
    name: "winston, error('text', { error })",
    handOn: (thrown) => carrier(infoOf(thrown, underKey)),
    keeps: 'winston',
  },
  {
    name: 'winston, errors({ stack, cause })',
    handOn: (thrown) => carrier(infoOf(thrown, alone, errors({ stack: true, cause: true }))),
    keeps: 'winston cause',
  },
  {
    name: 'winston, errors({ stack })',
    handOn: (thrown) => carrier(infoOf(thrown, alone, errors({ stack: true }))),
    keeps: 'winston stack',
  },
  {
    name: 'a line of winston, errors({ stack })',
    handOn: (thrown) =>
      carrier(parsed(infoOf(thrown, alone, combine(errors({ stack: true }), json())))),
    keeps: 'winston line',
  },
];

function toldOf(info: Pick<ExceptionInfo, 'class' | 'message'>): Told {
  return [info.class, info.message];
}

function backtraces(info: ExceptionInfo): (string | undefined)[] {
  return info.causes.map((cause) => cause.backtrace);
}

for (const { name, handOn, keeps } of FORMS) {
  t.test(`${name}: what was thrown is told as it is from the Error itself`, (t) => {
    for (const { name: kind, make, instead, ...account } of THROWN) {
      // Not made once for all forms: winston writes on what it logs.
      const thrown = make();
      const raw = read(thrown);
      const handed = handOn(thrown);
      const expected = keeps && instead?.[keeps];
      if (expected === 'nothing') {
        t.equal(handed, undefined, `${kind}: no error`);
        continue;
      }
      const info = read(handed?.value);
      const { told, causes = [] }: Account = { ...account, ...expected };
      t.ok(handed, `${kind}: handed on`);
      if (types.isNativeError(thrown)) {
        t.equal(isErrorLike(handed?.value), true, `${kind}: an error`);
        t.ok(raw.frames.length > 0, `${kind}: it has frames`);
      }
      t.same(toldOf(info), told, `${kind}: class and message`);
      t.same(info.frames, raw.frames, `${kind}: frames`);
      t.equal(info.backtrace, raw.backtrace, `${kind}: backtrace`);
      const isFake = info.frames.some((frame) => frame.function === 'fake');
      t.equal(isFake, false, `${kind}: no frame out of a message`);
      t.same(info.causes.map(toldOf), causes, `${kind}: causes`);
      if (expected?.causes === undefined) {
        t.same(backtraces(info), backtraces(raw), `${kind}: frames of the causes`);
      }
    }
    t.end();
  });
}

t.test('winston puts its text before the message of an error behind it, in JSON for good', (t) => {
  const cases: [Error, Told][] = [
    [new TypeError('m'), ['TypeError', 'while paying m']],
    [Object.assign(new Error('m'), { name: 'PaymentError' }), ['PaymentError', 'while paying m']],
    [new Error('m', { cause: new Error('inner') }), ['Error', 'while paying m']],
    [new RangeError('a: b'), ['RangeError', 'while paying a: b']],
    [new RangeError(''), ['RangeError', 'while paying']],
  ];
  for (const [thrown, told] of cases) {
    const info = read(carrier(parsed(infoOf(thrown, behindText)))?.value);
    t.same(toldOf(info), told);
    t.same(info.frames, read(thrown).frames, 'it has its frames');
    t.same(info.causes, [], 'of its cause {} is left, which is not told');
  }
  t.end();
});

t.test('of an Error in a field winston leaves {} in JSON, so there is none', (t) => {
  const line = parsed(infoOf(new Error('m'), underKey));
  t.same(line, { level: 'error', message: 'while paying', error: {} });
  t.equal(carrier(line), undefined);
  t.end();
});
