import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import { test, type Test } from 'tap';
import {
  fileName,
  isDead,
  type Owner,
  parseFileName,
  thisOwner,
} from '../../src/delivery/spool/owner.ts';
import { failure, findAtLeast, numbers, patchFs, type SpoolRig, spoolRig } from './spool-rig.ts';

const LINUX = { skip: process.platform !== 'linux' };
const SPOOL = '0123456789abcdef';
const MINUTE = 60_000;

/** As where there is no /proc. */
function noProc(original: (...args: never[]) => unknown): (...args: never[]) => unknown {
  return (...args) => {
    if (String(args[0]).startsWith('/proc')) throw failure('ENOENT');
    return original(...args);
  };
}

/** Puts an event's file into the folder, as this owner would, last touched so many ms ago. */
function plant(rig: SpoolRig, owner: Owner | undefined, touchedAgo = 0): string {
  fs.mkdirSync(rig.folder, { recursive: true, mode: 0o700 });
  const name = fileName(owner, SPOOL, 1);
  const path = join(rig.folder, name);
  fs.writeFileSync(path, `+1 1 ${Date.now()} {"n":1}\n`);
  const seconds = (Date.now() - touchedAgo) / 1_000;
  fs.utimesSync(path, seconds, seconds);
  return name;
}

/** Whether a spool takes a file over that is the folder's only one: it does so at once, or not. */
async function isTaken(t: Test, owner: Owner | undefined, touchedAgo = 0): Promise<boolean> {
  const rig = spoolRig(t);
  const name = plant(rig, owner, touchedAgo);
  const spool = rig.open();
  spool.start(() => undefined);
  const taken = rig.files()[0]?.name !== name;
  await tick();
  spool.close();
  return taken;
}

void test('a name tells whose file it is', async (t) => {
  const owner = thisOwner();
  t.strictSame(parseFileName(fileName(owner, SPOOL, 12)), { owner, spool: SPOOL });
  t.strictSame(parseFileName(fileName(undefined, SPOOL, 12)), { owner: undefined, spool: SPOOL });
  for (const name of [
    '',
    'x.spool',
    fileName(owner, SPOOL, 1).replace('1,', '2,'),
    `${fileName(owner, SPOOL, 1)}.gz`,
    fileName(undefined, '../../etc', 1),
    fileName({ ...owner, task: -1 }, SPOOL, 1),
    fileName({ ...owner, host: 'a/b' }, SPOOL, 1),
  ]) {
    t.equal(parseFileName(name), undefined, name);
  }
});

void test('other files in the folder are left alone', async (t) => {
  const rig = spoolRig(t);
  rig.open();
  const names = ['notes.txt', fileName(undefined, SPOOL, 1).replace('1,', '2,'), '.spool'];
  for (const name of names) fs.writeFileSync(join(rig.folder, name), '+1 1 1 {}\n');
  // A folder and a link that have names of ours.
  fs.mkdirSync(join(rig.folder, fileName(undefined, SPOOL, 2)));
  fs.symlinkSync('notes.txt', join(rig.folder, fileName(undefined, SPOOL, 3)));
  const before = rig.files();
  rig.open().start(() => t.fail('there is nothing'));
  await tick();
  t.strictSame(rig.files(), before);
  t.strictSame(rig.reports, []);
});

void test('whose owner is dead is found out by number and start', LINUX, async (t) => {
  const self = thisOwner();
  t.match(self.start, /^t\d+$/);
  const init = fs.readFileSync('/proc/1/stat', 'utf8').split(' ');
  const cases: readonly [string, Partial<Owner>, number, boolean][] = [
    ['this thread', {}, 0, false],
    ['this thread, however long it stands still', {}, 60 * MINUTE, false],
    ['another one that has its number again', { start: 't1' }, 0, true],
    ['another one that lives', { task: 1, start: `t${init[21]}` }, 60 * MINUTE, false],
    ['one before it with its number', { task: 1, start: `t${Number(init[21]) + 1}` }, 0, true],
    ['a number that nobody has', { task: 4_194_305 }, 0, true],
    ['a start that cannot be compared, fresh', { start: 'm1' }, 0, false],
    ['a start that cannot be compared, stale', { start: 'm1' }, 3 * MINUTE, true],
    ['a number that nobody has, without ticks', { task: 4_194_305, start: 'm1' }, 0, true],
  ];
  for (const [who, different, touchedAgo, dead] of cases) {
    t.equal(await isTaken(t, { ...self, ...different }, touchedAgo), dead, who);
  }
});

void test("nobody's file is taken at once", async (t) => {
  t.equal(await isTaken(t, undefined), true);
});

void test("another machine's file is taken when nobody has touched it for two minutes", async (t) => {
  const other: Owner = { ...thisOwner(), host: 'web-2', machine: 'fedcba9876543210' };
  // Its numbers say nothing here, whether somebody has them or not.
  for (const task of [other.task, 4_194_305]) {
    t.equal(await isTaken(t, { ...other, task }, 0), false, 'fresh');
    t.equal(
      await isTaken(t, { ...other, task }, 2 * MINUTE - 5_000),
      false,
      'not quite two minutes',
    );
    t.equal(await isTaken(t, { ...other, task }, 2 * MINUTE + 5_000), true, 'stale');
  }
});

void test('the file of a machine whose clock is ahead is taken when nobody touches it any more', async (t) => {
  const other: Owner = { ...thisOwner(), host: 'web-2', machine: 'fedcba9876543210' };
  for (const ahead of [10 * MINUTE, 26 * 60 * MINUTE]) {
    const rig = spoolRig(t);
    const name = plant(rig, other, -ahead);
    const began = rig.clock.now();
    const spool = rig.open({ now: () => Date.now() + rig.clock.now() - began });
    spool.start(() => undefined);
    const isThere = (): boolean => rig.files().some((file) => file.name === name);
    await rig.clock.advance(MINUTE);
    t.ok(isThere(), 'it may be alive');
    // It is alive: it touches the file.
    const later = (Date.now() + ahead + MINUTE) / 1_000;
    fs.utimesSync(join(rig.folder, name), later, later);
    await rig.clock.advance(2 * MINUTE);
    t.ok(isThere(), 'and was just now');
    await rig.clock.advance(2 * MINUTE);
    await tick();
    t.notOk(isThere(), 'now it is taken');
    spool.close();
  }
});

void test('what was taken over counts as alive at once', async (t) => {
  const rig = spoolRig(t);
  plant(rig, undefined, 60 * MINUTE);
  const spool = rig.open();
  await findAtLeast(spool, 1);
  const [file] = rig.files();
  t.ok(fs.statSync(join(rig.folder, file!.name)).mtimeMs > Date.now() - MINUTE);
  t.strictSame(parseFileName(file!.name)?.owner, thisOwner());
});

void test('one that dies with a file that it took over leaves it to the next', LINUX, async (t) => {
  const rig = spoolRig(t);
  plant(rig, undefined);
  const first = rig.open();
  await findAtLeast(first, 1);
  const [file] = rig.files();
  // As if it had been killed, and its number were given out again.
  const parsed = parseFileName(file!.name);
  const dead = fileName({ ...parsed!.owner!, start: 't1' }, parsed!.spool, 1);
  fs.renameSync(join(rig.folder, file!.name), join(rig.folder, dead));
  const second = rig.open();
  await findAtLeast(second, 1);
  t.strictSame(numbers(second), [1]);
});

void test("one that stood still and was taken for dead writes no more to what is another's", async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const handles = ['{"n":1}', '{"n":2}'].map((event) => spool.append(1, Buffer.from(event))!);
  spool.park(handles[1]!);
  const [file] = rig.files();
  const other: Owner = { ...thisOwner(), machine: 'fedcba9876543210' };
  const taken = join(rig.folder, fileName(other, SPOOL, 1));
  fs.renameSync(join(rig.folder, file!.name), taken);
  const content = fs.readFileSync(taken, 'utf8');
  await rig.clock.advance(20_000);
  t.ok(spool.append(1, Buffer.from('{"n":3}')));
  spool.forget([handles[0]!]);
  t.strictSame(numbers(spool), [2], 'it is read from');
  spool.forget(handles);
  t.equal(fs.readFileSync(taken, 'utf8'), content);
  t.equal(rig.files().length, 2);
  t.equal(spool.close(), 1);
  t.strictSame(rig.reports, []);
});

void test('a zombie is dead', LINUX, async (t) => {
  // The shell becomes a program that never looks after its children, and only then one of them ends.
  const child = spawn('/bin/sh', [
    '-c',
    'exec 3<&0; (read line <&3) & echo $!; exec tail -f /dev/null',
  ]);
  t.teardown(() => child.kill('SIGKILL'));
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const comm = (): string => fs.readFileSync(`/proc/${child.pid}/comm`, 'utf8').trim();
  while (comm() !== 'tail') await tick();
  child.stdin.write('end\n');
  const task = Number(text.toString());
  const stat = (): string[] => fs.readFileSync(`/proc/${task}/stat`, 'utf8').split(' ');
  while (stat()[2] !== 'Z') await tick();
  const owner: Owner = { ...thisOwner(), task, start: `t${stat()[21]}` };
  t.equal(isDead(owner, thisOwner(), 0), true);
});

void test('where the system tells no start, the wall clock and the file do', async (t) => {
  patchFs(t, 'readFileSync', noProc);
  patchFs(t, 'readlinkSync', noProc);
  const self = thisOwner();
  const start = Date.now() - process.uptime() * 1_000;
  t.equal(self.task, process.pid);
  t.ok(Math.abs(Number(self.start.slice(1)) - start) < 1_000, self.start);
  const cases: readonly [string, Partial<Owner>, number, boolean][] = [
    ['this process', {}, 60 * MINUTE, false],
    [
      'this process, by a clock that was put right',
      { start: `m${start + 4_000}` },
      60 * MINUTE,
      false,
    ],
    ['one that had its number, fresh', { start: 'm1' }, 0, false],
    ['one that had its number, stale', { start: 'm1' }, 3 * MINUTE, true],
    ['another process, fresh', { task: process.ppid }, 0, false],
    ['another process, stale', { task: process.ppid }, 3 * MINUTE, true],
    ['one that is not there', { task: 4_194_305 }, 0, true],
  ];
  for (const [who, different, touchedAgo, dead] of cases) {
    t.equal(isDead({ ...self, ...different }, self, touchedAgo), dead, who);
  }
  const rig = spoolRig(t);
  const spool = rig.open();
  t.ok(spool.append(1, Buffer.from('{}')));
  t.match(rig.files()[0]?.name, new RegExp(`,${process.pid},m\\d+,`));
});

void test('a process of somebody else, whose start is hidden, is alive while it touches its file', async (t) => {
  const kill = process.kill.bind(process);
  process.kill = () => {
    throw failure('EPERM');
  };
  t.teardown(() => (process.kill = kill));
  const self = thisOwner();
  const owner: Owner = { ...self, task: 4_194_305 };
  t.equal(isDead(owner, self, 0), false);
  t.equal(isDead(owner, self, 3 * MINUTE), true);
});
