import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { digest } from '../../lib/random.ts';

/** Whose file it is: a thread of a process of a machine. Its files' names say it. */
export interface Owner {
  /** The host's name for people who look at the folder; compared is `machine`. */
  readonly host: string;
  /** Where `task` is a number of its own; see `machineId`. */
  readonly machine: string;
  /** On Linux the thread's number, which is the process's for the main thread; elsewhere the process's. */
  readonly task: number;
  /**
   * When it started, since numbers are given out again, and a container's process is 1 each time:
   * `t` and the ticks since the machine's start, exact; where the system does not tell them `m` and
   * the milliseconds of the wall clock, which corrections of that clock falsify.
   */
  readonly start: string;
}

/** What a file's name tells. */
export interface FileName {
  /** Nobody, where an orderly end has left the file for whoever comes. */
  readonly owner: Owner | undefined;
  /** Random: which spool of its owner has named the file. */
  readonly spool: string;
}

/** ms without a sign of life after which an owner counts as dead that cannot be asked for. */
export const STALE = 120_000;

/** ms by which a start may differ that was computed by the wall clock: NTP corrects it in passing. */
const TOLERANCE = 5_000;

/** The first field is the format's version: files of another one are not ours to touch. */
const NAME =
  /^1,([\w.-]{1,40}),([0-9a-f]{16}),(\d{1,10}),([tm]\d{1,16}),([0-9a-f]{16}),\d+\.spool$/;
const LEFT = /^1,left,([0-9a-f]{16}),\d+\.spool$/;

// Not from the globals later on: an application's tests install fake ones.
const wallClock = Date.now;

export function thisOwner(): Owner {
  const task = thisTask();
  const ticks = readTask(task)?.ticks;
  return {
    host:
      hostname()
        .replaceAll(/[^\w.-]/g, '_')
        .slice(0, 40) || '_',
    machine: machineId(),
    task,
    start:
      ticks === undefined ? `m${Math.round(wallClock() - process.uptime() * 1_000)}` : `t${ticks}`,
  };
}

/** The name of an owner's file; of nobody's if there is no owner. */
export function fileName(owner: Owner | undefined, spool: string, number: number): string {
  if (owner === undefined) return `1,left,${spool},${number}.spool`;
  const { host, machine, task, start } = owner;
  return `1,${host},${machine},${task},${start},${spool},${number}.spool`;
}

export function parseFileName(name: string): FileName | undefined {
  const [, left] = LEFT.exec(name) ?? [];
  if (left !== undefined) return { owner: undefined, spool: left };
  const [, host, machine, task, start, spool] = NAME.exec(name) ?? [];
  if (host === undefined || machine === undefined || start === undefined || spool === undefined) {
    return undefined;
  }
  return { owner: { host, machine, task: Number(task), start }, spool };
}

/**
 * Whether the owner of a file that nobody has touched for so many ms is dead. On another machine, or
 * where its start cannot be asked for, only that tells: a living owner touches it.
 */
export function isDead(owner: Owner, self: Owner, untouched: number): boolean {
  const known = owner.machine === self.machine ? lives(owner, self) : undefined;
  return known === undefined ? untouched > STALE : !known;
}

/** undefined if it cannot be found out. */
function lives(owner: Owner, self: Owner): boolean | undefined {
  const task = owner.start.startsWith('t') ? readTask(owner.task) : undefined;
  if (task !== undefined) return !task.ended && `t${task.ticks}` === owner.start;
  if (owner.task === self.task && sameStart(owner.start, self.start)) return true;
  return exists(owner.task) ? undefined : false;
}

function sameStart(a: string, b: string): boolean {
  if (!a.startsWith('m') || !b.startsWith('m')) return a === b;
  return Math.abs(Number(a.slice(1)) - Number(b.slice(1))) <= TOLERANCE;
}

function exists(task: number): boolean {
  try {
    process.kill(task, 0);
    return true;
  } catch (error) {
    // EPERM: somebody else's, but there.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * The host's name does not do: containers on the host's network share it, and virtual machines are
 * cloned with it; both can share a folder, and have processes of the same number. So it is the name,
 * the boot and the space of process numbers together. After a reboot, or in a new container, what
 * the dead one left is taken when it is stale; a container that was only restarted mostly has its
 * space's number again, and need not wait.
 */
function machineId(): string {
  const parts = [
    hostname(),
    tryTo(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    tryTo(() => readlinkSync('/proc/self/ns/pid')),
  ];
  return digest(JSON.stringify(parts));
}

/**
 * The number of this thread, by which a worker thread that has ended is told from its process, which
 * goes on. A synchronous call, so that it is this thread and not one of libuv's that is asked.
 */
function thisTask(): number {
  const link = tryTo(() => readlinkSync('/proc/thread-self'));
  const [, pid, task] = /^(\d+)\/task\/(\d+)$/.exec(link ?? '') ?? [];
  // Another pid: /proc is that of another space of process numbers.
  return Number(pid) === process.pid ? Number(task) : process.pid;
}

function readTask(task: number): { readonly ticks: string; readonly ended: boolean } | undefined {
  const stat = tryTo(() => readFileSync(`/proc/${task}/stat`, 'utf8'));
  // The second field is the program's name in parentheses, with whatever somebody called it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 3 and 22 of proc_pid_stat(5).
  const state = fields?.[0];
  const ticks = fields?.[19];
  if (state === undefined || ticks === undefined || !/^\d{1,16}$/.test(ticks)) return undefined;
  // Killed, and its parent has not looked: in containers without an init it stays so for good.
  return { ticks, ended: /^[ZXx]$/.test(state) };
}

function tryTo<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
