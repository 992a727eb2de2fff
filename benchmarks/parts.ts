/**
 * What one error and one log line cost in the thread that handles them, part by part:
 * `npm run bench:parts`. Nothing is sent: the queue is small and its server does not exist.
 */
import { bench, run, summary } from 'mitata';
import { createEventBuilder } from '../src/event/make/build.ts';
import { createExceptionReader } from '../src/event/error/exception.ts';
import { createProjectFiles } from '../src/event/stack/files.ts';
import { fit } from '../src/event/wire/fit.ts';
import { createPathRules } from '../src/event/stack/paths.ts';
import { findProject, surroundings } from '../src/event/stack/project-root.ts';
import { createScrubber } from '../src/event/scrub/scrubber.ts';
import { createTextSearch } from '../src/event/scrub/texts.ts';
import { fill, MIXED } from '../test/leaks/adversarial.ts';
import { createSourceReader } from '../src/event/stack/source-lines.ts';
import { createSourceTexts } from '../src/event/stack/source-text.ts';
import { parseStack } from '../src/event/stack/parse.ts';
import { resolveOptions } from '../src/options/resolve.ts';
import { Pipeline } from '../src/pipeline.ts';
import { PinoSink } from '../transports/pino/sink.ts';
import { failureOf, FRAMES } from './peers/failure.ts';
import type { LogRecord } from '../src/event/record.ts';

const config = resolveOptions(
  { host: 'http://127.0.0.1:9', maxQueueSize: 1, minLevel: 'error', breadcrumbLevel: 'info' },
  {},
);
const active = { ...config, apiKey: `elp_${'0'.repeat(48)}` };
const pipeline = new Pipeline(active);
const sink = new PinoSink(pipeline, undefined, 0);

Error.stackTraceLimit = FRAMES;
const { error, message, fields } = failureOf(1);
const stack = error.stack ?? '';
const record: LogRecord = {
  time: Date.now(),
  level: 'error',
  message,
  thrown: { value: error },
  fields,
};

function line(level: number, more: object): string {
  const base = { level, time: Date.now(), pid: 1, hostname: 'host', reqId: 'req-1' };
  return JSON.stringify({ ...base, ...more, msg: 'something happened' });
}

const debugLine = line(20, fields);
const infoLine = line(30, fields);
const errorLine = line(50, { ...fields, err: { type: 'Error', message: error.message, stack } });

const scrub = createScrubber(active);
const { root: projectRoot } = findProject(surroundings(import.meta.filename));
const files = createProjectFiles(projectRoot);
const texts = createSourceTexts(files);
const paths = createPathRules({ ...config, projectRoot });
const readException = createExceptionReader({
  paths,
  files,
  scrub,
  texts,
  source: createSourceReader(texts),
});
const build = createEventBuilder({ ...config, release: undefined, scrub, readException });
const event = build(record, [], []);

summary(() => {
  bench('JSON.parse of a line, for comparison', () => JSON.parse(infoLine) as unknown);
  bench('a line below breadcrumbLevel', () => sink.line(debugLine));
  bench('a line for the trail', () => sink.line(infoLine));
});

summary(() => {
  bench('captureException: all of the following', () => pipeline.capture(record));
  bench('parse a stack of 12 frames', () => parseStack(stack, { message: error.message }));
  bench('read an error: stacks, causes, source lines', () => readException(error));
  bench('scrub ten fields', () => scrub.value(fields));
  bench('scrub a stack', () => scrub.text(stack, 10_000));
  bench('build an event', () => build(record, [], []));
  bench('fit an event: limits, JSON, bytes', () => fit(event));
  bench('JSON.stringify of an event, for comparison', () => JSON.stringify(event));
});

summary(() => {
  // The worst texts that were found; see scrub.ts.
  const { all } = createTextSearch({ judge: scrub.judge, apiKey: active.apiKey, patterns: [] });
  for (const part of MIXED.slice(-5)) {
    const text = fill(part, 1_048_576);
    bench(`search 1 MiB of ${JSON.stringify(part)}`, () => all(text).write(text));
  }
});

bench('a line with an error: parse, record, event, JSON', () => sink.line(errorLine));

await run();
await pipeline.close(0);
