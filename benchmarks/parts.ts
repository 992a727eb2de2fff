/**
 * What one log line costs in the thread that handles it, part by part: `npm run bench`. Nothing is
 * sent: the queue is small and its server does not exist.
 */
import { bench, run, summary } from 'mitata';
import { resolveOptions } from '../src/options.ts';
import { Pipeline } from '../src/pipeline.ts';
import { PinoSink } from '../transports/pino-sink.ts';

const config = resolveOptions(
  { host: 'http://127.0.0.1:9', maxQueueSize: 1, minLevel: 'error', breadcrumbLevel: 'info' },
  {},
);
const pipeline = new Pipeline({ ...config, apiKey: `elp_${'0'.repeat(48)}` });
const sink = new PinoSink(pipeline, undefined, 0);

function line(level: number, more: object): string {
  const base = { level, time: Date.now(), pid: 1, hostname: 'host', reqId: 'req-1' };
  return JSON.stringify({ ...base, ...more, msg: 'something happened' });
}

function makeError(depth: number): Error {
  if (depth > 0) return makeError(depth - 1);
  return new Error('it broke', { cause: new TypeError('the reason') });
}

const error = makeError(10);
const fields = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`field${index}`, 'v']));
const debugLine = line(20, fields);
const infoLine = line(30, fields);
const errorLine = line(50, {
  ...fields,
  err: { type: 'Error', message: error.message, stack: error.stack },
});

summary(() => {
  bench('JSON.parse of a line, for comparison', () => JSON.parse(infoLine) as unknown);
  bench('a line below breadcrumbLevel', () => sink.line(debugLine));
  bench('a line for the trail', () => sink.line(infoLine));
});

bench('a line with an error: record, event, JSON', () => sink.line(errorLine));
bench('captureException: event, JSON', () =>
  pipeline.capture({
    time: Date.now(),
    level: 'error',
    message: '',
    thrown: { value: error },
    fields: {},
  }),
);

await run();
await pipeline.close(0);
