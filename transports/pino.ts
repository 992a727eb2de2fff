/**
 * The target of `pino.transport({ target: 'errsight/pino' })`. Runs in pino's worker thread; called
 * in any other thread it gives the same as a plain stream: `pino(errsight({ apiKey }))`.
 *
 *   pino ─► chunks ─► lines ─► level gate ─► record ─► pipeline
 *                                  └─► trail: lines kept as text until an event needs them
 */
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers';
import { threadId } from 'node:worker_threads';
import { watchExit } from '../src/exit/watch.ts';
import { OptionError } from '../src/options/reader.ts';
import { resolveOptions, type Config } from '../src/options/options.ts';
import type { PinoStreamOptions, PinoTransportOptions } from '../src/options/pino.ts';
import { Pipeline } from '../src/pipeline.ts';
import { createReporter } from '../src/lib/report.ts';
import { PLACE } from '../src/notes/key.ts';
import { inheritedMemory } from '../src/notes/memory.ts';
import { NoteReader } from '../src/notes/reader.ts';
import { emptyStats } from '../src/stats.ts';
import { answerFlushes, type Flushable } from '../src/threads.ts';
import {
  inPinoWorker,
  overhear,
  shapeOf,
  shapeOfLevels,
  watchBacklog,
  willSayHow,
} from './pino/handshake.ts';
import { loadGuarded } from './pino/guard.ts';
import { LineStream, type LineSink } from './pino/lines.ts';
import { PinoSink } from './pino/sink.ts';
import type { PinoShape } from './pino/records.ts';

export { OptionError } from '../src/options/reader.ts';
export type { LineStream } from './pino/lines.ts';
export type { PinoStreamOptions, PinoTransportOptions } from '../src/options/pino.ts';
export type { BeforeBreadcrumb, BeforeSend, LevelName, Options } from '../src/options/options.ts';
export type { DropReason, Stats } from '../src/stats.ts';

/**
 * Called by pino in its worker it resolves to the stream that pino writes to; called by you it
 * returns that stream at once.
 *
 * @throws {OptionError} (rejects in the worker) for an option that cannot work, naming it.
 */
export default function errsight(options?: PinoStreamOptions): LineStream;
export default function errsight(
  options?: PinoTransportOptions,
): LineStream | Promise<LineStream | Writable>;
export default function errsight(
  options: PinoStreamOptions | PinoTransportOptions = {},
): LineStream | Promise<LineStream | Writable> {
  return inPinoWorker() ? openInWorker(options) : openHere(options);
}

/** The function that is this module's default. */
export type ErrsightPino = typeof errsight;

/**
 * ms that closing may take in pino's worker: pino kills it after 10,000, and what it still held
 * would be gone without a word.
 */
const PINO_PATIENCE = 8_000;

/**
 * ms for which the first lines wait for pino to say how it writes. It said so when the logger was
 * made, so the message is there unless another target has had it.
 */
const CONFIG_PATIENCE = 50;

/** ms for which lines are handled in pino's worker before it sends what they became: one request. */
const WORKER_SLICE = 4;

/**
 * A wrong option ends the application by an 'error' of pino's stream, which names it. But where the
 * program exits before that could be heard, the main thread waits for this one: to reject would leave
 * it waiting for ten seconds, and to no purpose. So it is said here, and the stream is a broken one.
 */
async function openInWorker(given: object): Promise<LineStream | Writable> {
  try {
    return await startInWorker(given as Fields);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    createReporter({ debug: false, apiKey: undefined }).warn(error.problem);
    const broken = new LineStream(NOWHERE);
    // Not before pino listens.
    setImmediate(() => broken.destroy(error));
    return broken;
  }
}

/** The streams of targets that are one, by the number of their group, see `besideEach`. */
const groups = new Map<unknown, Promise<LineStream>>();

async function startInWorker({ $group: group, ...given }: Fields): Promise<LineStream | Writable> {
  if (group === undefined) return await startOne(given);
  const first = groups.get(group);
  if (first !== undefined) return leadingTo(await first);
  const started = startOne(given);
  groups.set(group, started);
  return await started;
}

/** Hands on what it gets to a stream that is ended along with it. */
function leadingTo(stream: LineStream): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      stream.write(chunk);
      done();
    },
    final(done) {
      if (stream.closed) done();
      else stream.once('close', () => done());
    },
  });
}

async function startOne(given: object): Promise<LineStream> {
  // What pino adds for the worker's own use is no option of ours.
  const {
    pinoWillSendConfig: _pino,
    $context: _threadStream,
    levels,
    dedupe: _targets,
    $pino: known,
    ...options
  } = given as Fields;
  let told: Partial<PinoShape> | undefined;
  let tell: ((shape: Partial<PinoShape>) => void) | undefined;
  // Before the hooks are loaded: pino says it once, to whoever listens by then.
  overhear((shape) => {
    told = shape;
    tell?.(shape);
  });
  const beforeSend = await loadGuarded('beforeSend', options['beforeSend']);
  const beforeBreadcrumb = await loadGuarded('beforeBreadcrumb', options['beforeBreadcrumb']);
  const transport = await loadGuarded('transport', options['transport']);
  const { stream, sink } = open(
    { ...options, beforeSend, beforeBreadcrumb, transport },
    {
      patience: PINO_PATIENCE,
      slice: WORKER_SLICE,
      notes: new NoteReader(inheritedMemory, threadId),
    },
  );
  if (sink === undefined) return stream;
  sink.configure({ ...shapeOfLevels(levels), ...shapeOf({ config: known }), ...told });
  // What `withErrsight` says is all that pino would.
  if (told === undefined && known === undefined && willSayHow()) {
    // The first lines may be quicker than the message.
    stream.hold(CONFIG_PATIENCE);
    tell = (shape) => {
      sink.configure(shape);
      stream.release();
    };
  }
  return stream;
}

/** The number of the last stream of this thread, see `placed`. */
let streams = 0;

function openHere(options: object): LineStream {
  streams -= 1;
  const { sink, pipeline, stream } = open(options, {
    patience: Infinity,
    slice: Infinity,
    notes: new NoteReader(undefined, streams),
  });
  if (sink === undefined) return stream;
  Object.defineProperty(stream, PLACE, { value: streams });
  // pino tells every stream the same that it tells its worker.
  stream.on('message', (message: unknown) => sink.configure(shapeOf(message)));
  stream.once('close', watchExit(pipeline));
  return stream;
}

type Fields = Record<string, unknown>;
type Opened =
  | { stream: LineStream; sink: PinoSink; pipeline: Pipeline }
  | { stream: LineStream; sink: undefined; pipeline: undefined };

/** What differs between pino's worker and a stream in the thread that logs. */
interface Setting {
  readonly patience: number;
  readonly slice: number;
  readonly notes: NoteReader;
}

function open(options: object, { patience, slice, notes }: Setting): Opened {
  const { nestedKey, ...shared } = options as Fields;
  if (nestedKey !== undefined && typeof nestedKey !== 'string') {
    throw new OptionError('nestedKey', 'expected `nestedKey` to be a string');
  }
  const config: Config = resolveOptions(shared);
  const { apiKey } = config;
  if (apiKey === undefined) {
    return { stream: new LineStream(NOWHERE), sink: undefined, pipeline: undefined };
  }
  const catchUp = (): void => sink.catchUp();
  const pipeline = new Pipeline({ ...config, apiKey }, { door: 'errsight/pino', catchUp });
  const sink = new PinoSink(pipeline, nestedKey, patience, notes);
  const stream = new LineStream(sink, slice);
  // So that `flush()` of the direct API covers what was logged as well.
  const end = answerFlushes(flushable(stream, pipeline));
  stream.once('close', () => void sink.close().then(end));
  return { stream, sink, pipeline };
}

/** Losses that a flush answers for. */
const LOSSES = ['queue_full', 'rejected', 'too_old', 'shutdown', 'internal_error'] as const;

/**
 * The stream as other threads flush it. pino flushes it as well, and has no use for the answer; so a
 * loss is told by the next answer to another thread, whoever flushed in between.
 */
function flushable(stream: LineStream, pipeline: Pipeline): Flushable {
  let told = 0;
  return {
    taken: () => pipeline.stats().accepted,
    isReceiving: watchBacklog(() => stream.hasTaken),
    async flush(timeout) {
      const before = told;
      stream.settle();
      const arrived = await pipeline.flush(timeout);
      const { dropped } = pipeline.stats();
      told = LOSSES.reduce((sum, reason) => sum + dropped[reason], 0);
      return arrived && told === before;
    },
  };
}

/** Without an API key lines go nowhere. */
const NOWHERE: LineSink = {
  line: () => undefined,
  longLine: () => undefined,
  flush: () => Promise.resolve(true),
  close: () => Promise.resolve(true),
  stats: emptyStats,
};
