/**
 * What the most hostile values cost, each handed to each door once, in a process of its own:
 * `npm run bench:hostile`. Every case has to stay under 50 ms and 64 MB; the exit code says whether
 * all did. Nothing is sent: the queue is small and its server does not exist.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolveOptions } from '../src/options/resolve.ts';
import { Pipeline } from '../src/pipeline.ts';
import { LineStream } from '../transports/pino/lines.ts';
import { PinoSink } from '../transports/pino/sink.ts';

const MAX_MS = 50;
const MAX_MB = 64;
const MEGABYTE = 1_000_000;

/** Hands a value to one of the doors. */
type Door = (pipeline: Pipeline, value: unknown) => void;

const VALUES: Readonly<Record<string, () => unknown>> = {
  'a string of 100 MB': () => Buffer.alloc(100 * MEGABYTE, 'some text, ').toString(),
  '100,000 keys': () =>
    Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, 'value'])),
  '10,000 levels': () => {
    let value: unknown = 'the innermost';
    for (let depth = 0; depth < 10_000; depth += 1) value = { value };
    return value;
  },
  'a stack of 50,000 frames': () =>
    `Error: x${'\n    at recursive (/app/node_modules/dep/index.js:10:20)'.repeat(50_000)}`,
};

const DOORS: Readonly<Record<string, Door>> = {
  'an error': (pipeline, value) => {
    const { error, message } = value as ReturnType<typeof errorOf>;
    capture(pipeline, message, error, {});
  },
  'a thrown value': (pipeline, value) => capture(pipeline, '', value, {}),
  'the metadata': (pipeline, value) => capture(pipeline, 'message', new Error('x'), { value }),
  "pino's line": (_pipeline, value) => {
    for (const chunk of value as string[]) stream.write(chunk);
  },
};

const config = resolveOptions({ host: 'http://127.0.0.1:9', maxQueueSize: 1 }, {});
const stream = new LineStream(new PinoSink(makePipeline(), undefined, 0));

function makePipeline(): Pipeline {
  return new Pipeline({ ...config, apiKey: `elp_${'0'.repeat(48)}` });
}

function capture(pipeline: Pipeline, message: string, thrown: unknown, fields: object): void {
  pipeline.capture({
    time: Date.now(),
    level: 'error',
    message,
    thrown: { value: thrown },
    fields: fields as Record<string, unknown>,
  });
}

/** Of a text an error with this message or stack, of an object one with these properties. */
function errorOf(value: unknown): { error: Error; message: string } {
  if (typeof value !== 'string') {
    return { error: Object.assign(new Error('x'), value as object), message: '' };
  }
  const isStack = value.includes('\n    at ');
  const error = new Error(isStack ? 'x' : value);
  if (isStack) error.stack = value;
  return { error, message: error.message };
}

/** What the door is handed: made before the measurement. */
function inputOf(door: string, value: unknown): unknown {
  if (door === 'an error') return errorOf(value);
  if (door !== "pino's line") return value;
  const err = {
    type: 'Error',
    message: 'x',
    stack: typeof value === 'string' ? value : 'Error: x',
  };
  const line = `${deepJson({ level: 50, time: Date.now(), err, value, msg: 'x' })}\n`;
  // As large as pino's thread hands them over at once.
  const size = 4 * 1024 * 1024;
  return Array.from({ length: Math.ceil(line.length / size) }, (_, index) =>
    Buffer.from(line.slice(index * size, (index + 1) * size)).toString(),
  );
}

/** JSON.stringify calls itself for each level, and 10,000 are too many for it. */
function deepJson(line: Readonly<Record<string, unknown>>): string {
  let depth = 0;
  let inner = line['value'];
  while (depth < 10_000 && typeof inner === 'object' && inner !== null && 'value' in inner) {
    inner = inner.value;
    depth += 1;
  }
  const json = JSON.stringify({ ...line, value: depth === 0 ? line['value'] : '@' });
  return json.replace('"@"', `${'{"value":'.repeat(depth)}"x"${'}'.repeat(depth)}`);
}

/** MB of memory that the process has now, and at most since `resetPeak`; Linux tells. */
function memory(field: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`${field}:\\s+(\\d+) kB`).exec(
    readFileSync('/proc/self/status', 'utf8'),
  );
  return (Number(found?.[1]) * 1_024) / MEGABYTE;
}

function resetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function measure(value: string, door: string): void {
  const pipeline = makePipeline();
  const hand = DOORS[door] as Door;
  // An application has had its first error some time.
  for (let time = 0; time < 200; time += 1) {
    hand(pipeline, inputOf(door, { value: 'small' }));
    hand(pipeline, inputOf(door, `Error: small\n    at f (/app/a.js:1:${time})`));
  }
  const input = inputOf(door, VALUES[value]?.());
  gc?.();
  resetPeak();
  const before = memory('VmRSS');
  const start = performance.now();
  hand(pipeline, input);
  const took = performance.now() - start;
  process.stdout.write(JSON.stringify({ took, grown: memory('VmHWM') - before }));
  process.exit();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function main(): void {
  let missed = 0;
  for (const value of Object.keys(VALUES)) {
    for (const door of Object.keys(DOORS)) {
      const args = ['--expose-gc', '--max-old-space-size=4096', import.meta.filename, value, door];
      const { took, grown } = JSON.parse(
        execFileSync(process.execPath, args, { encoding: 'utf8' }),
      );
      const met = took < MAX_MS && grown < MAX_MB;
      if (!met) missed += 1;
      const figures = `${took.toFixed(1).padStart(8)} ms ${grown.toFixed(1).padStart(8)} MB`;
      print(`${value.padEnd(26)}${door.padEnd(18)}${figures}  ${met ? 'met' : 'NOT MET'}`);
    }
  }
  print(`under ${MAX_MS} ms and ${MAX_MB} MB on top: ${missed === 0 ? 'all' : `${missed} not`}`);
  process.exitCode = missed === 0 ? 0 : 1;
}

const [value, door] = process.argv.slice(2);
if (value === undefined || door === undefined) main();
else measure(value, door);
