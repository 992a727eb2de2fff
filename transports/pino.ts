/**
 * The target of `pino.transport({ target: 'errsight/pino' })`. It runs in pino's worker thread. In
 * any other thread it returns a plain stream that does the same: `pino(errsight({ apiKey }))`.
 *
 *   pino ─► chunks ─► lines ─► level gate ─► record ─► pipeline
 *                                  └─► trail: lines that are kept as text until an event needs them
 */
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers';
import { threadId } from 'node:worker_threads';
import { EndTime } from '../src/end-time.ts';
import { watchExit } from '../src/exit/watch.ts';
import { OptionError } from '../src/options/option-error.ts';
import { resolveOptions } from '../src/options/resolve.ts';
import type { Config } from '../src/options/config.ts';
import type { PinoStreamOptions, PinoTransportOptions } from '../src/options/pino.ts';
import { Pipeline } from '../src/pipeline.ts';
import { createReporter } from '../src/lib/report.ts';
import { attempt } from '../src/lib/safe-read.ts';
import { PLACE } from '../src/notes/key.ts';
import { inheritedMemory } from '../src/notes/memory.ts';
import { NoteReader } from '../src/notes/reader.ts';
import { emptyStats } from '../src/stats.ts';
import { keepStreamOptions } from '../src/stream-options.ts';
import { answerFlushes, type Flushable } from '../src/threads.ts';
import {
  inPinoWorker,
  isAmongTargets,
  overhear,
  shapeOf,
  shapeOfLevels,
  watchBacklog,
  willSayHow,
} from './pino/handshake.ts';
import { loadGuarded } from './pino/guard.ts';
import { LineStream, type LineSink } from './pino/lines.ts';
import { PinoSink, type Waits } from './pino/sink.ts';
import { leadingTo, twinOf } from './pino/twins.ts';
import type { PinoShape } from './pino/records.ts';

export { OptionError } from '../src/options/option-error.ts';
export type { LineStream } from './pino/lines.ts';
export type { PinoStreamOptions, PinoTransportOptions } from '../src/options/pino.ts';
export type { BeforeBreadcrumb, BeforeSend, LevelName, Options } from '../src/options/options.ts';
export type { DropReason, Stats } from '../src/stats.ts';

/**
 * Makes the stream to which pino writes. In pino's worker it returns a promise of the stream. In
 * any other thread it returns the stream at once.
 *
 * @throws {OptionError} if an option is wrong. The message names it. In the worker the promise
 * rejects.
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

/** The type of this module's default export. */
export type ErrsightPino = typeof errsight;

/**
 * ms that closing may take in pino's worker. pino kills the worker after 10,000 ms, and its events
 * would be lost silently.
 */
const PINO_PATIENCE = 8_000;

/**
 * ms for which the first lines wait for pino's message about its levels and keys. pino sent it when
 * the logger was made, so it is there already unless another target has taken it.
 */
const CONFIG_PATIENCE = 50;

/** ms for which pino's worker handles lines before it sends their events in a request. */
const WORKER_SLICE = 4;

/**
 * Opens the stream. A wrong option makes pino's stream emit an 'error', which ends the application
 * and names the option. If the program exits before it hears that, the main thread waits for this
 * one. To reject would then let it wait for ten seconds. So the error is printed here, and the
 * stream is one that fails.
 */
async function openInWorker(given: object): Promise<LineStream | Writable> {
  try {
    return await startInWorker(given as Fields);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    createReporter({ debug: false, apiKey: undefined }).warn(error.problem);
    const broken = new LineStream(NOWHERE);
    // It fails later, since pino does not listen yet.
    setImmediate(() => broken.destroy(error));
    return broken;
  }
}

/**
 * The streams of this worker, by the number of the group of targets that count as one, see
 * `besideEach`, or by their options.
 */
const streams = new Map<unknown, Promise<LineStream>>();

async function startInWorker(given: Fields): Promise<LineStream | Writable> {
  const { $group: group, ...options } = given;
  const key = group ?? identityOf(options);
  const first = streams.get(key);
  if (first !== undefined) {
    const stream = await first;
    return group === undefined
      ? twinOf(stream)
      : leadingTo(stream, (text) => void stream.write(text));
  }
  const started = startOne(options);
  streams.set(key, started);
  return await started;
}

/** A text that is the same for a target that is there twice. */
function identityOf({ $context: _ofPino, ...options }: Fields): string {
  return attempt(() => JSON.stringify(options)) ?? '';
}

async function startOne(given: object): Promise<LineStream> {
  // These are pino's own, for the worker, and no options of ours.
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
  // We listen before the hooks are loaded, since pino sends the message only once.
  const hearNow = overhear((shape) => {
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
      waits: isAmongTargets() ? 'thread' : 'stream',
    },
  );
  if (sink === undefined) return stream;
  // What makes events is loaded in this turn; see `soon`. A line that comes meanwhile would wait for that, and is only
  // in memory while it waits.
  await new Promise((resolve) => setImmediate(resolve));
  sink.configure({ ...shapeOfLevels(levels), ...shapeOf({ config: known }), ...told });
  // `withErrsight` has passed on all that pino would tell.
  if (told === undefined && known === undefined && willSayHow()) {
    // The first lines may come before the message.
    stream.hold(CONFIG_PATIENCE, hearNow);
    tell = (shape) => {
      sink.configure(shape);
      stream.release();
    };
  }
  return stream;
}

/** The number of the last stream of this thread; see `placed`. */
let places = 0;

function openHere(options: object): LineStream {
  places -= 1;
  const { sink, pipeline, stream } = open(options, {
    patience: Infinity,
    slice: Infinity,
    notes: new NoteReader(undefined, places),
  });
  if (sink === undefined) return stream;
  Object.defineProperty(stream, PLACE, { value: places });
  const { nestedKey: _ofPino, ...shared } = options as Fields;
  keepStreamOptions(shared);
  // pino sends every stream the message that it sends its worker.
  stream.on('message', (message: unknown) => sink.configure(shapeOf(message)));
  stream.once('close', watchExit(pipeline));
  return stream;
}

type Fields = Record<string, unknown>;
type Opened =
  | { stream: LineStream; sink: PinoSink; pipeline: Pipeline }
  | { stream: LineStream; sink: undefined; pipeline: undefined };

/** The differences between pino's worker and a stream on the thread that logs. */
interface Setting {
  readonly patience: number;
  readonly slice: number;
  readonly notes: NoteReader;
  readonly waits?: Waits;
}

function open(options: object, { patience, slice, notes, waits: who }: Setting): Opened {
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
  const hurry = (): void => {
    stream.settle();
    pipeline.hurry();
  };
  // Any other thread has `watchExit`.
  const time = who === undefined ? undefined : new EndTime(hurry);
  const sink = new PinoSink(pipeline, nestedKey, patience, notes, undefined, who, time);
  const stream = new LineStream(sink, slice);
  // So the direct API's `flush()` covers logged lines too.
  const end = answerFlushes(flushable(stream, pipeline));
  stream.once('close', () => {
    void sink.close().then((arrived) => {
      end(arrived);
      time?.close();
    });
  });
  return { stream, sink, pipeline };
}

/** The losses for which a flush resolves to false. */
const LOSSES = ['queue_full', 'rejected', 'too_old', 'shutdown', 'internal_error'] as const;

/**
 * The stream as other threads flush it. pino flushes it too, but ignores the answer. So the next
 * answer to another thread tells of a loss, even if pino has flushed meanwhile.
 */
function flushable(stream: LineStream, pipeline: Pipeline): Flushable {
  let told = 0;
  return {
    taken: () => pipeline.stats().accepted,
    isReceiving: watchBacklog(() => stream.hasTaken),
    get trouble() {
      return pipeline.trouble;
    },
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

/** Without an API key lines are dropped. */
const NOWHERE: LineSink = {
  line: () => undefined,
  longLine: () => undefined,
  flush: () => Promise.resolve(true),
  close: () => Promise.resolve(true),
  stats: emptyStats,
};
