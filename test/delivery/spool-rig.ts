import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import type { Test } from 'tap';
import type { Lane } from '../../src/delivery/lanes.ts';
import {
  createSpool,
  type Spool,
  type SpoolHandle,
  type SpoolOptions,
} from '../../src/delivery/spool/spool.ts';
import { FakeClock } from '../helpers/clock.ts';

export const HOUR = 3_600_000;

/** A folder for spools, which goes with the test. */
function spoolFolder(t: Pick<Test, 'teardown'>): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'errsight-spool-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'spool');
}

/** An event that was read back. */
export interface Spooled {
  readonly handle: SpoolHandle;
  readonly lane: Lane;
  readonly bytes: Buffer;
}

/** What could not be read back, or was found too old. */
export interface Dropped {
  readonly tooOld: number;
  readonly unreadable: number;
}

/** A spool, with what was found in it and is not read back yet: what a store does, in a few lines. */
export interface OpenSpool extends Omit<Spool, 'start'> {
  /** How many events lie on the disk only. */
  readonly parked: number;
  park(handle: SpoolHandle): void;
  /** Reads some of them back, the oldest first. */
  unpark(maxEvents: number, maxBytes: number): Spooled[];
  /** What was given up since the last call. */
  takeDropped(): Dropped;
  /** Looks for what others left; calls back with how many there are. */
  start(onFound: (count: number) => void): void;
}

export function openSpool(options: SpoolOptions): OpenSpool {
  const spool = createSpool(options);
  let parked: SpoolHandle[] = [];
  let dropped = { tooOld: 0, unreadable: 0 };
  const isHere = (handle: SpoolHandle): boolean => !gone.has(handle);
  const gone = new WeakSet<SpoolHandle>();
  let hasEnded = false;
  return {
    append: (lane, bytes) => spool.append(lane, bytes),
    makeRoom(lane) {
      const out = spool.makeRoom(lane);
      for (const { handle } of out) gone.add(handle);
      parked = parked.filter(isHere);
      return out;
    },
    read: (handle) => spool.read(handle),
    forget(handles) {
      for (const handle of handles) gone.add(handle);
      parked = parked.filter(isHere);
      spool.forget(handles);
    },
    get parked() {
      return parked.length;
    },
    park(handle) {
      if (hasEnded || gone.has(handle) || parked.includes(handle)) return;
      parked = [...parked, handle].toSorted((a, b) => a.at - b.at || offset(a) - offset(b));
    },
    unpark(maxEvents, maxBytes) {
      const out: Spooled[] = [];
      let room = maxBytes;
      const candidates = parked;
      parked = [...parked];
      for (const handle of candidates) {
        if (out.length >= maxEvents || handle.bytes > room) break;
        parked.shift();
        const bytes = spool.read(handle);
        if (bytes === 'too_old') dropped.tooOld++;
        else if (bytes === 'unreadable') dropped.unreadable++;
        else {
          room -= bytes.length;
          out.push({ handle, lane: handle.lane, bytes });
        }
      }
      return out;
    },
    takeDropped() {
      const taken = dropped;
      dropped = { tooOld: 0, unreadable: 0 };
      return taken;
    },
    start(onFound) {
      spool.start(({ handles }) => {
        parked = [...parked, ...handles].toSorted((a, b) => a.at - b.at || offset(a) - offset(b));
        onFound(handles.length);
      });
    },
    leave: (lane, bytes) => spool.leave(lane, bytes),
    close() {
      parked = [];
      hasEnded = true;
      return spool.close();
    },
  };
}

/** Where in its file it lies, which decides between events of the same millisecond. */
function offset(handle: SpoolHandle): number {
  return (handle as SpoolHandle & { readonly offset: number }).offset;
}

export interface SpoolRig {
  readonly folder: string;
  readonly clock: FakeClock;
  readonly reports: string[];
  /** A spool on the folder; closed with the test. */
  open(options?: Partial<SpoolOptions>): OpenSpool;
  /** The names and sizes of the folder's files. */
  files(): { readonly name: string; readonly size: number }[];
}

export function spoolRig(t: Pick<Test, 'teardown'>): SpoolRig {
  const folder = spoolFolder(t);
  const clock = new FakeClock();
  const reports: string[] = [];
  return {
    folder,
    clock,
    reports,
    open(options = {}) {
      const spool = openSpool({
        folder,
        maxBytes: 64 * 1024 * 1024,
        maxAge: HOUR,
        clock,
        report: (message) => reports.push(message),
        ...options,
      });
      t.teardown(() => spool.close());
      return spool;
    },
    files: () =>
      fs.readdirSync(folder).map((name) => ({ name, size: fs.statSync(join(folder, name)).size })),
  };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Appends events `{ n }`, and returns their handles. */
export function append(
  spool: Pick<Spool, 'append'>,
  events: readonly number[],
  lane: Lane = 1,
): SpoolHandle[] {
  return events.map((n) => {
    const handle = spool.append(lane, json({ n }));
    if (handle === undefined) throw new Error(`${n} was not written`);
    return handle;
  });
}

/** Brings everything back, and returns its numbers. */
export function numbers(spool: Pick<OpenSpool, 'unpark'>): number[] {
  return values(spool.unpark(Infinity, Infinity));
}

export function values(spooled: readonly Spooled[]): number[] {
  return spooled.map(({ bytes }) => (JSON.parse(bytes.toString()) as { n: number }).n);
}

/** Starts the spool, and waits until it has found so many events. */
export async function findAtLeast(spool: Pick<OpenSpool, 'start'>, count: number): Promise<number> {
  let sum = 0;
  await new Promise<void>((resolve) => {
    spool.start((found) => {
      sum += found;
      if (sum >= count) resolve();
    });
  });
  await tick();
  return sum;
}

/** What spools leave behind, as a spool that is opened for it sees it. */
export async function leftBehind(rig: SpoolRig, count = 1): Promise<number[]> {
  const spool = rig.open();
  await findAtLeast(spool, count);
  const found = numbers(spool);
  spool.close();
  return found;
}

type Patched = 'closeSync' | 'openSync' | 'read' | 'readFileSync' | 'readSync' | 'readlinkSync';
type Writing =
  'accessSync' | 'chmodSync' | 'ftruncateSync' | 'renameSync' | 'unlinkSync' | 'writeSync';
type Asked = 'fstatSync' | 'lstatSync' | 'readdirSync' | 'utimesSync';

/** Replaces a function of node:fs until the test ends, or what it returns is called. */
export function patchFs<K extends Patched | Writing | Asked>(
  t: Pick<Test, 'teardown'>,
  name: K,
  make: (original: (typeof fs)[K]) => (...args: never[]) => unknown,
): () => void {
  const original = fs[name];
  const restore = (): void => {
    fs[name] = original;
    syncBuiltinESMExports();
  };
  fs[name] = make(original) as (typeof fs)[K];
  syncBuiltinESMExports();
  t.teardown(restore);
  return restore;
}

/** What a system call throws. */
export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: no`), { code });
}
