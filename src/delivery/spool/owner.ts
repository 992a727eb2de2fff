import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { digest } from '../../lib/random.ts';

/** The owner of a file: a thread of a process on a machine. The name of the file tells it. */
export interface Owner {
  /** The host's name, for people who look at the folder. Only `machine` is compared. */
  readonly host: string;
  /** The machine on which `task` is unique; see `machineId`. */
  readonly machine: string;
  /**
   * On Linux the thread's number, which for the main thread is the process's. Elsewhere the
   * process's.
   */
  readonly task: number;
  /**
   * When it started, since numbers are used again, and a container's process always has number 1.
   * It is `t` and the ticks since the machine's start, which are exact. If the system does not tell
   * them, it is `m` and ms of the wall clock. A correction of that clock makes those wrong.
   */
  readonly start: string;
}

/** The parts of a file's name. */
export interface FileName {
  /** Undefined if an orderly end left the file for anybody. */
  readonly owner: Owner | undefined;
  /** The random id of the spool that named the file. */
  readonly spool: string;
}

/** ms without a sign of life after which an owner counts as dead, if it can't be looked up. */
export const STALE = 120_000;

/**
 * ms by which two starts by the wall clock may differ, since NTP corrects that clock now and then.
 */
const TOLERANCE = 5_000;

/** The first field is the version of the format. Files of other versions are left alone. */
const NAME =
  /^1,([\w.-]{1,40}),([0-9a-f]{16}),(\d{1,10}),([tm]\d{1,16}),([0-9a-f]{16}),\d+\.spool$/;
const LEFT = /^1,left,([0-9a-f]{16}),\d+\.spool$/;

// Read now, since an application's tests may replace the global later.
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

/** The name of a file of this owner, or of a file without an owner. */
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
 * Whether the owner of a file is dead. The file was not touched for `untouched` ms. A living owner
 * touches its files. That alone decides if the owner is on another machine, or can't be looked up.
 */
export function isDead(owner: Owner, self: Owner, untouched: number): boolean {
  const known = owner.machine === self.machine ? lives(owner, self) : undefined;
  return known === undefined ? untouched > STALE : !known;
}

/** Whether the owner lives. Undefined if that can't be found out. */
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
    // EPERM: the process exists, but belongs to another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * Identifies a machine by the host's name, the boot and the namespace of process numbers together.
 * The name alone is not enough: containers on the host's network share it, and virtual machines are
 * cloned with it. Both can share a folder and have processes with the same number.
 *
 * After a reboot, or in a new container, the files of the dead owner are taken over once they are
 * stale. A container that was only restarted mostly has the same namespace again, and need not
 * wait.
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
 * The number of this thread. It tells a worker thread that has ended from its process, which lives
 * on. The call is synchronous, so that it asks about this thread and not one of libuv's.
 */
function thisTask(): number {
  const link = tryTo(() => readlinkSync('/proc/thread-self'));
  const [, pid, task] = /^(\d+)\/task\/(\d+)$/.exec(link ?? '') ?? [];
  // If the pid differs, /proc belongs to another namespace of process numbers.
  return Number(pid) === process.pid ? Number(task) : process.pid;
}

function readTask(task: number): { readonly ticks: string; readonly ended: boolean } | undefined {
  const stat = tryTo(() => readFileSync(`/proc/${task}/stat`, 'utf8'));
  // The second field is the program's name in parentheses. It may contain spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 3 and 22 of proc_pid_stat(5).
  const state = fields?.[0];
  const ticks = fields?.[19];
  if (state === undefined || ticks === undefined || !/^\d{1,16}$/.test(ticks)) return undefined;
  // A zombie: killed, but its parent has not waited for it. In containers without an init it stays.
  return { ticks, ended: /^[ZXx]$/.test(state) };
}

function tryTo<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
