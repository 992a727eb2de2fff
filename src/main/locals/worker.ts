/**
 * The thread with the debugger. It pauses the main thread when an uncaught error is thrown, reads
 * the variables and lets it run on. It runs no code of the application.
 */
import { Session, type Debugger, type Runtime } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import { attempt } from '../../lib/safe-read.ts';
import { VERSION } from '../../lib/version.ts';
import { Budget } from './budget.ts';
import {
  CONNECTED,
  ENDED,
  STARTING,
  keyOf,
  placeOf,
  type LocalsMessage,
  type LocalsOrder,
  type LocalsWork,
} from './protocol.ts';
import { copyScope, type Copy, type CopyLimits } from './copy.ts';
import { isThrow, mayPassOn } from './passed-on.ts';
import { plainValue } from './values.ts';
import type { PausedFrame } from '../../event/record.ts';

/** The most frames of the application that are read, and the most variables of each. */
const MAX_FRAMES = 5;
const MAX_VARIABLES = 15;
/** The most frames that are looked at. */
const MAX_DEPTH = 50;
/** ms of one pause after which no more is read. */
const ENOUGH = 1_000;
/** The most places that it pauses for, and the most other errors that it pauses for meanwhile. */
const MAX_WANTED = 5;
const MAX_MISSES = 10;
/** The most scripts whose names are remembered. */
const MAX_SCRIPTS = 20_000;

/**
 * The scopes that belong to one call of a function. Globals and the variables of a module do not.
 */
const SCOPES: ReadonlySet<string> = new Set(['local', 'block', 'catch', 'closure']);

const LIMITS: Omit<CopyLimits, 'ms' | 'variables'> = {
  items: 15,
  depth: 2,
  text: 4_096,
  texts: 50_000,
  // What Node passes to each CommonJS module.
  skipped: ['this', 'arguments', 'exports', 'require', 'module', '__filename', '__dirname'],
};

/** What V8 says of the value that was thrown. */
interface Thrown {
  readonly type?: string;
  readonly value?: unknown;
  readonly description?: string;
  readonly uncaught?: boolean;
}

/**
 * Where the application's thread keeps `copyScope`. V8 never forgets a function that it has watched
 * for side effects, so one for each pause would be a leak.
 */
const COPIER = `globalThis[Symbol.for('errsight.copy ${VERSION}')]`;

type Copied = readonly (readonly [string, Copy])[];
type Callback<T> = (error: Error | null, result: T | undefined) => void;

const { state: memory, port, maxPauses, maxMs } = workerData as LocalsWork;
const state = new Int32Array(memory);
const session = new Session();
const scripts = new Map<string, string>();
const budget = new Budget({ maxPauses, maxMs, now: () => performance.now() });

/** The places where the variables of the next error are read. */
const wanted = new Set<string>();
let misses = 0;
/** The timer that runs when the budget is spent, until there is a new one. */
let restart: NodeJS.Timeout | undefined;

function tell(message: LocalsMessage): void {
  port.postMessage(message);
}

/** Tells the debugger for which errors to pause now. */
function choose(): void {
  const looked = wanted.size > 0 ? 'all' : 'uncaught';
  session.post('Debugger.setPauseOnExceptions', { state: restart === undefined ? looked : 'none' });
}

function want(place: string): void {
  if (wanted.size >= MAX_WANTED) return;
  wanted.add(place);
  misses = 0;
  choose();
}

/** Counts a pause for an error that is not looked for. If most errors are caught, it gives up. */
function miss(): void {
  misses += 1;
  if (misses < MAX_MISSES) return;
  wanted.clear();
  choose();
}

function isOwn(file: string): boolean {
  return file !== '' && !file.startsWith('node:') && !/[\\/]node_modules[\\/]/.test(file);
}

/** Reads the variables of the frames one after the other. All answers come within this thread. */
function readFrames(
  frames: readonly Debugger.CallFrame[],
  done: (read: PausedFrame[]) => void,
): void {
  const [top] = frames;
  const { scriptId } = top?.location ?? {};
  if (top === undefined || scriptId === undefined || !mayPassOn(scripts.get(scriptId))) {
    readOwn(frames, done);
    return;
  }
  session.post('Debugger.getScriptSource', { scriptId }, (error, answer) => {
    if (error === null && isThrow(answer.scriptSource, top.location)) readOwn(frames, done);
    else done([]);
  });
}

function readOwn(frames: readonly Debugger.CallFrame[], done: (read: PausedFrame[]) => void): void {
  const until = performance.now() + Math.min(maxMs, ENOUGH);
  const read: PausedFrame[] = [];
  const own = frames
    .slice(0, MAX_DEPTH)
    .map((frame) => ({ frame, file: scripts.get(frame.location.scriptId) ?? '' }))
    .filter(({ file }) => isOwn(file))
    .slice(0, MAX_FRAMES);

  function next(index: number): void {
    const at = own[index];
    if (at === undefined || performance.now() > until) {
      done(read);
      return;
    }
    readVariables(at.frame, until, (variables) => {
      const { lineNumber, columnNumber = 0 } = at.frame.location;
      // The debugger counts from 0.
      const place = { file: at.file, line: lineNumber + 1, column: columnNumber + 1 };
      read.push({ function: at.frame.functionName, ...place, variables });
      next(index + 1);
    });
  }
  next(0);
}

function readVariables(
  frame: Debugger.CallFrame,
  until: number,
  done: (variables: Record<string, unknown>) => void,
): void {
  const found = new Map<string, unknown>();
  const scopes = frame.scopeChain.filter(
    ({ type, name }) => SCOPES.has(type) && (type !== 'closure' || (name ?? '') !== ''),
  );

  function next(index: number): void {
    const { objectId } = scopes[index]?.object ?? {};
    const ms = until - performance.now();
    if (objectId === undefined || found.size >= MAX_VARIABLES || ms <= 0) {
      done(Object.fromEntries(found));
      return;
    }
    copy(objectId, { ...LIMITS, ms, variables: MAX_VARIABLES - found.size }, (copied) => {
      for (const [name, value] of copied) {
        // An inner variable hides an outer one of its name.
        if (!found.has(name)) found.set(name, plainValue(value));
      }
      next(index + 1);
    });
  }
  next(0);
}

/**
 * V8 ends the copying where an object would run code of its own, as `process.env` does. Then objects are only named.
 */
function copy(objectId: string, limits: CopyLimits, done: (copied: Copied) => void): void {
  const take: Callback<Runtime.CallFunctionOnReturnType> = (error, answer) => {
    const copied: unknown = answer?.exceptionDetails === undefined && answer?.result.value;
    if (error === null && Array.isArray(copied)) done(copied as Copied);
    else if (limits.depth > 0) copy(objectId, { ...limits, depth: 0 }, done);
    else done([]);
  };
  session.post(
    'Runtime.callFunctionOn',
    {
      objectId,
      functionDeclaration: COPIER,
      arguments: [{ value: limits }],
      returnByValue: true,
      silent: true,
      throwOnSideEffect: true,
    } as Runtime.CallFunctionOnParameterType,
    take,
  );
}

function onPaused({ reason, data, callFrames }: Debugger.PausedEventDataType): void {
  const began = performance.now();
  let isOver = false;

  function resume(): void {
    if (isOver) return;
    isOver = true;
    if (!budget.spend(performance.now() - began)) {
      tell({ kind: 'spent' });
      clearTimeout(restart);
      restart = setTimeout(() => {
        restart = undefined;
        choose();
      }, budget.rest);
      choose();
    }
    session.post('Debugger.resume');
  }

  // A `debugger` statement or a breakpoint is somebody else's: we only resume.
  if (reason !== 'exception' && reason !== 'promiseRejection') {
    session.post('Debugger.resume');
    return;
  }
  try {
    const { type, value, description, uncaught } = (data ?? {}) as Thrown;
    const isWanted = wanted.delete(placeOf(description) ?? '');
    if (isWanted) choose();
    else if (uncaught !== true) {
      miss();
      resume();
      return;
    }
    const key = keyOf(type === 'string' ? value : { stack: description });
    readFrames(callFrames, (frames) => {
      // The message goes out before the main thread runs on, since that looks for it at once.
      if (key !== undefined && frames.length > 0) {
        tell({ kind: 'paused', key, frames, isLasting: isWanted || reason === 'promiseRejection' });
      }
      resume();
    });
  } catch {
    resume();
  }
}

function end(): void {
  clearTimeout(restart);
  attempt(() => session.disconnect());
  Atomics.store(state, 0, ENDED);
  Atomics.notify(state, 0);
  port.close();
  parentPort?.close();
}

function start(): void {
  // The listener also keeps this thread alive, which a session does not do in Node 20.
  parentPort?.on('message', (order: LocalsOrder) => {
    if (order.kind === 'end') end();
    else want(order.place);
  });
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => {
    const isKept = isOwn(url) || url.startsWith('node:');
    if (isKept && scripts.size < MAX_SCRIPTS) scripts.set(scriptId, url);
  });
  session.on('Debugger.paused', ({ params }) => onPaused(params));
  // A process that ends in the meantime does not wait for a debugger that is not connected.
  if (Atomics.compareExchange(state, 0, STARTING, CONNECTED) !== STARTING) return;
  try {
    session.connectToMainThread();
    // Otherwise it keeps the text of each script that the application compiles and forgets.
    session.post('Debugger.enable', { maxScriptsCacheSize: 0 });
    const types = "process.getBuiltinModule('node:util/types')";
    const expression = `${COPIER}=((t,f)=>function(l){return f.call(this,t,l)})(${types},${String(copyScope)})`;
    session.post('Runtime.evaluate', { expression, silent: true }, (error, answer) => {
      if (error !== null || answer.exceptionDetails !== undefined) {
        tell({ kind: 'failed', why: String(error ?? answer.result.description) });
        end();
        return;
      }
      choose();
      session.post(
        'Debugger.setSkipAllPauses',
        { skip: false },
        () => void Atomics.store(state, 1, 1),
      );
    });
  } catch (error) {
    tell({ kind: 'failed', why: String(error) });
    end();
  }
}

start();
