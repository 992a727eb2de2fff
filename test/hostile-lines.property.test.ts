import fc from 'fast-check';
import t, { type Test } from 'tap';
import { Pipeline } from '../src/pipeline.ts';
import type { ActiveConfig } from '../src/options/config.ts';
import { resolveOptions } from '../src/options/resolve.ts';
import { LineStream } from '../transports/pino/lines.ts';
import { PinoSink } from '../transports/pino/sink.ts';
import { Attack, attackedOptions, runs } from './helpers/attack.ts';
import { hostileStack } from './helpers/hostile-stack.ts';
import { anyText, hostileKey } from './helpers/hostile.ts';
import { heldInJson } from './helpers/planted.ts';

interface Attacked {
  readonly attack: Attack;
  readonly pipeline: Pipeline;
  /** A new one for each case: a trail of all cases would go with each event. */
  readonly newSink: () => PinoSink;
}

function start(t: Pick<Test, 'teardown' | 'setTimeout'>, nestedKey?: string): Attacked {
  const attack = new Attack(t);
  const config = resolveOptions(attackedOptions(attack.root), {}) as ActiveConfig;
  const pipeline = new Pipeline(config);
  t.teardown(() => pipeline.close(0));
  return { attack, pipeline, newSink: () => new PinoSink(pipeline, nestedKey, 0) };
}

async function isQuiet(t: Test, { attack, pipeline }: Attacked): Promise<void> {
  t.strictSame(await attack.alarms(), [], 'the process has nothing to complain about');
  t.equal(pipeline.stats().dropped.internal_error, 0);
}

/** JSON's texts of numbers that JavaScript cannot hold, beside all that it can. */
const numberText = fc.oneof(
  fc.constantFrom('1e400', '-1e400', '1e-400', '-0', '9007199254740993', '0.1234567890123456789'),
  fc.constantFrom('-5', '0', '9', '10', '29.5', '35', '50', '60', '1000', '1E2'),
  fc.integer().map(String),
);
const dateText = fc.oneof(
  fc.constantFrom('0', '-1', '1e400', '153', '"2024-01-01T00:00:00.000000000Z"', '"x"', '"1e3"'),
  fc
    .constantFrom(
      () => Date.now(),
      () => Date.now() / 1e3,
      () => Date.now() * 1e6,
    )
    .map((now) => String(now())),
  fc.constantFrom('"9999999999999999999"', '"+275760-09-13"', '[]', '{}', 'null', 'true', '""'),
);

const scalar = fc.oneof(
  { arbitrary: anyText.map((text) => JSON.stringify(text)), weight: 3 },
  { arbitrary: numberText, weight: 3 },
  fc.constantFrom('null', 'true', 'false', '""', '[]', '{}'),
  { arbitrary: heldInJson.map((held) => JSON.stringify(held)), weight: 4 },
  fc.constantFrom(60, 101, 60, 3_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.constantFrom(12, 90).map((depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)),
  fc.constantFrom(101, 101, 101, 5_000).map((count) => `[${'1,'.repeat(count)}2]`),
);

/** Not through JSON.stringify: keys may come twice, and `__proto__` is one. */
function objectText(entries: readonly (readonly [key: string, text: string])[]): string {
  return `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;
}

function fieldsText(names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const key = fc.oneof(fc.constantFrom(...names), hostileKey);
  return fc.array(fc.tuple(key, value), { maxLength: 5 }).map(objectText);
}

const json = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fieldsText(['a', 'b', 'id', 'headers', 'message', 'stack'], tie('value')),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  ),
})).value;

function lineOf(root: string): fc.Arbitrary<string> {
  const stack = hostileStack(root).map((text) => JSON.stringify(text));
  const error = fieldsText(
    ['type', 'message', 'stack', 'cause', 'aggregateErrors', 'name', 'code', 'errors'],
    fc.oneof(
      json,
      stack,
      stack.map((text) => `{"message":"m","stack":${text}}`),
    ),
  );
  const extra = fieldsText(
    ['id', 'user', 'tags', 'metadata', 'fingerprint', 'level', 'breadcrumbs'],
    fc.oneof(
      json,
      fieldsText(['id', 'email', 'username', 'ip_address'], json),
      fieldsText(['message', 'category', 'timestamp', 'data', 'level'], json).map(
        (crumb) => `[${crumb},${crumb}]`,
      ),
    ),
  );
  const first = fc.oneof(
    fc.constantFrom('"level":50', '"level":60', '"severity":"ERROR"', '"level":"fatal"'),
    numberText.map((number) => `"level":${number}`),
    json.map((value) => `"level":${value}`),
    fc.constant('"a":1'),
  );
  const field = fc.oneof(
    fc.tuple(fc.constantFrom('err', 'error'), fc.oneof(error, stack, json)),
    fc.tuple(fc.constantFrom('errsight', 'errsightScope'), fc.oneof(extra, json)),
    fc.tuple(fc.constantFrom('time', 'timestamp', '@timestamp'), dateText),
    fc.tuple(fc.constantFrom('req', 'res', 'reqId', 'request_id', 'msg', 'context', 'data'), json),
    fc.tuple(fc.constantFrom('nested', 'level', 'severity', 'message'), fc.oneof(extra, json)),
    fc.tuple(hostileKey, json),
  );
  return fc
    .tuple(first, fc.array(field, { maxLength: 6 }))
    .map(([level, fields]) => `{${level},${objectText(fields).slice(1)}`.replace(/,\}$/, '}'));
}

for (const nestedKey of [undefined, 'nested']) {
  t.test(`whatever a line of JSON says, nested under ${nestedKey}, events are good`, async (t) => {
    const attacked = start(t, nestedKey);
    const { attack, newSink } = attacked;
    t.doesNotThrow(() =>
      fc.assert(
        fc.property(fc.array(lineOf(attack.root), { maxLength: 2 }), (lines) => {
          const sink = newSink();
          attack.check(() => {
            for (const line of lines) sink.line(line);
            sink.line('{"level":50,"msg":"with a trail"}');
          });
        }),
        runs(1_600),
      ),
    );
    await isQuiet(t, attacked);
  });
}

t.test('a grave line always becomes an event', async (t) => {
  const attacked = start(t);
  const { attack, newSink } = attacked;
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(lineOf(attack.root), (line) => {
        attack.check(() => newSink().line(`{"level":60,${line.slice(1)}`), 1);
      }),
      runs(1_600),
    ),
  );
  await isQuiet(t, attacked);
});

t.test('whatever text a line is, nothing is thrown', async (t) => {
  const attacked = start(t);
  const { attack, newSink } = attacked;
  const text = fc.oneof(
    anyText,
    json,
    fc
      .tuple(fc.constantFrom('{"level":50,', '{"level":50', '{"level":"'), anyText)
      .map((all) => all.join('')),
    fc.constantFrom(100, 20_000).map((depth) => '{"level":50,"a":' + '['.repeat(depth)),
    fc
      .constantFrom(1_000, 7_000)
      .map((depth) => `{"level":50,"reqId":${'['.repeat(depth)}${']'.repeat(depth)}}`),
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(text, (line) => {
        attack.check(() => newSink().line(line));
      }),
      runs(1_000),
    ),
  );
  await isQuiet(t, attacked);
});

t.test('wherever the chunks are split, lines come out whole', async (t) => {
  const attacked = start(t);
  const { attack, newSink } = attacked;
  const bytes = fc.oneof(
    lineOf(attack.root).map((line) => Buffer.from(line)),
    anyText.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
  );
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 3 }), cuts, (lines, lengths) => {
        const stream = new LineStream(newSink());
        const rest = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
        const last = Buffer.from('{"level":50,"msg":"the ä last"}\n');
        attack.check(() => {
          let at = 0;
          for (const length of lengths) {
            stream.write(rest.subarray(at, at + length));
            at += length;
          }
          stream.write(rest.subarray(at));
          for (const byte of last) stream.write(Buffer.of(byte));
        });
        const found: string[] = [];
        const heard = new LineStream({
          line: (line) => found.push(line),
          longLine: () => undefined,
          flush: () => Promise.resolve(true),
          close: () => Promise.resolve(true),
          stats: () => attacked.pipeline.stats(),
        });
        let at = 0;
        for (const length of lengths) {
          heard.write(rest.subarray(at, at + length));
          at += length;
        }
        heard.write(rest.subarray(at));
        const whole = rest
          .toString()
          .split('\n')
          .filter((line) => line !== '');
        if (JSON.stringify(found) !== JSON.stringify(whole)) throw new Error('other lines');
      }),
      runs(1_000),
    ),
  );
  await isQuiet(t, attacked);
});
