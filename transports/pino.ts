/**
 * The target of `pino.transport({ target: 'errsight/pino' })`. Runs in pino's worker thread; called
 * in any other thread it gives the same as a plain stream: `pino(errsight({ apiKey }))`.
 *
 *   pino ─► chunks ─► lines ─► level gate ─► record ─► pipeline
 *                                  └─► trail: lines kept as text until an event needs them
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { watchExit } from '../src/exit/watch.ts';
import { isObject } from '../src/event/guarded.ts';
import { OptionError } from '../src/option-reader.ts';
import { resolveOptions, type Config, type Options } from '../src/options.ts';
import { Pipeline } from '../src/pipeline.ts';
import { emptyStats } from '../src/stats.ts';
import { LineStream, type LineSink } from './lines.ts';
import { PinoSink } from './pino-sink.ts';
import type { PinoShape } from './records.ts';

export { OptionError } from '../src/option-reader.ts';
export type { LineStream } from './lines.ts';
export type { BeforeBreadcrumb, BeforeSend, LevelName, Options } from '../src/options.ts';
export type { DropReason, Stats } from '../src/stats.ts';

/** Options of the stream in the thread that made it. */
export interface PinoStreamOptions extends Options {
  /** The `nestedKey` that pino itself was given. Default: none. */
  readonly nestedKey?: string | undefined;
}

/**
 * Options of the target: `pino.transport<PinoTransportOptions>({ target: 'errsight/pino', options })`.
 * Functions cannot cross into pino's worker, so hooks are modules.
 */
export interface PinoTransportOptions extends Omit<
  PinoStreamOptions,
  'beforeSend' | 'beforeBreadcrumb'
> {
  /**
   * A module (a path, relative to the working directory, a `file:` URL, or a package) that exports
   * the function as `beforeSend` or as its default. See `BeforeSend`.
   */
  readonly beforeSend?: string | undefined;
  /** The same for `beforeBreadcrumb`. See `BeforeBreadcrumb`. */
  readonly beforeBreadcrumb?: string | undefined;
}

/**
 * Called by pino in its worker it resolves to the stream that pino writes to; called by you it
 * returns that stream at once.
 *
 * @throws {OptionError} (rejects in the worker) for an option that cannot work, naming it.
 */
export default function errsight(options?: PinoStreamOptions): LineStream;
export default function errsight(options?: PinoTransportOptions): LineStream | Promise<LineStream>;
export default function errsight(
  options: PinoStreamOptions | PinoTransportOptions = {},
): LineStream | Promise<LineStream> {
  return inPinoWorker() ? openInWorker(options) : openHere(options);
}

/** ms to wait for pino to say how it writes; it says so when the logger is made, long before. */
const HANDSHAKE = 1_000;

/**
 * ms that closing may take in pino's worker: pino kills it after 10,000, and what it still held
 * would be gone without a word.
 */
const PINO_PATIENCE = 8_000;

async function openInWorker(given: object): Promise<LineStream> {
  // What pino adds for the worker's own use is no option of ours.
  const {
    pinoWillSendConfig: _pino,
    $context: _threadStream,
    levels: _customLevels,
    dedupe: _targets,
    ...options
  } = given as Fields;
  let sink: PinoSink | undefined;
  let shape: Partial<PinoShape> = {};
  // Before the hooks are loaded: pino says it once, to whoever listens by then.
  const told = handshake((message) => {
    shape = shapeOf(message);
    sink?.configure(shape);
  });
  const hooks = await Promise.all(
    ['beforeSend', 'beforeBreadcrumb'].map(async (name) => [name, await loadHook(name, options)]),
  );
  const opened = open({ ...options, ...Object.fromEntries(hooks) }, PINO_PATIENCE);
  sink = opened.sink;
  sink?.configure(shape);
  await told;
  return opened.stream;
}

function openHere(options: object): LineStream {
  const { sink, pipeline, stream } = open(options, Infinity);
  if (sink === undefined) return stream;
  // pino tells every stream the same that it tells its worker.
  stream.on('message', (message: unknown) => sink.configure(shapeOf(message)));
  const unwatch = watchExit(pipeline);
  stream.once('close', unwatch);
  return stream;
}

type Fields = Record<string, unknown>;
type Opened =
  | { stream: LineStream; sink: PinoSink; pipeline: Pipeline }
  | { stream: LineStream; sink: undefined; pipeline: undefined };

function open(options: object, limit: number): Opened {
  const { nestedKey, ...shared } = options as Fields;
  if (nestedKey !== undefined && typeof nestedKey !== 'string') {
    throw new OptionError('nestedKey', 'errsight: expected `nestedKey` to be a string');
  }
  const config: Config = resolveOptions(shared);
  const { apiKey } = config;
  if (apiKey === undefined) {
    return { stream: new LineStream(NOWHERE), sink: undefined, pipeline: undefined };
  }
  const pipeline = new Pipeline({ ...config, apiKey });
  const sink = new PinoSink(pipeline, nestedKey, limit);
  return { stream: new LineStream(sink), sink, pipeline };
}

/** Without an API key lines go nowhere. */
const NOWHERE: LineSink = {
  line: () => undefined,
  longLine: () => undefined,
  flush: () => Promise.resolve(true),
  close: () => Promise.resolve(true),
  stats: emptyStats,
};

function inPinoWorker(): boolean {
  if (isMainThread || !isObject(workerData)) return false;
  const data: unknown = Reflect.get(workerData, 'workerData');
  return isObject(data) && Reflect.get(data, 'pinoWillSendConfig') === true;
}

/**
 * Waits for pino's message about its levels and keys, which the main thread posts when it makes the
 * logger. The lines wait meanwhile. Where no logger is made of the transport it never comes, and
 * pino's defaults hold until it does.
 */
function handshake(receive: (message: unknown) => void): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, HANDSHAKE);
    parentPort?.on('message', function listen(message: unknown) {
      if (!isObject(message) || Reflect.get(message, 'code') !== 'PINO_CONFIG') return;
      parentPort?.off('message', listen);
      clearTimeout(patience);
      receive(message);
      resolve();
    });
  });
}

/** What pino's message says; what it does not say stays as it was. */
function shapeOf(message: unknown): Partial<PinoShape> {
  const config: unknown = isObject(message) ? Reflect.get(message, 'config') : undefined;
  if (!isObject(config)) return {};
  const { messageKey, errorKey, levels } = config as Fields;
  const labels: unknown = isObject(levels) ? Reflect.get(levels, 'labels') : undefined;
  return {
    ...(typeof messageKey === 'string' && { messageKey }),
    ...(typeof errorKey === 'string' && { errorKey }),
    ...(isObject(labels) && { levelNames: labels as Record<string, string> }),
  };
}

/** The function behind an option that names a module. */
async function loadHook(name: string, options: Fields): Promise<unknown> {
  const specifier = options[name];
  if (typeof specifier !== 'string') return specifier;
  try {
    const isUrl = specifier.startsWith('file:');
    const from = createRequire(join(process.cwd(), 'package.json'));
    const url = isUrl ? specifier : pathToFileURL(from.resolve(specifier)).href;
    const exported = unwrap(await import(url), name);
    if (typeof exported === 'function') return exported;
  } catch (error) {
    throw new OptionError(name, `errsight: the module of \`${name}\` failed: ${String(error)}`);
  }
  throw new OptionError(
    name,
    `errsight: expected the module of \`${name}\` to export a function as \`${name}\` or as default`,
  );
}

/** The export of that name, or the default one, behind as many `default`s as a compiler has put there. */
function unwrap(module: unknown, name: string): unknown {
  let value = module;
  // Functions have properties too: the first one is what was looked for.
  for (let depth = 0; depth < 3 && typeof value !== 'function' && isObject(value); depth += 1) {
    value = Reflect.get(value, name) ?? Reflect.get(value, 'default');
  }
  return value;
}
