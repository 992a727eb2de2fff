import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import { test } from 'tap';
import { prepareFolder } from '../../src/delivery/spool/folder.ts';
import { createSpool } from '../../src/delivery/spool/spool.ts';
import {
  append,
  failure,
  findAtLeast,
  HOUR,
  json,
  leftBehind,
  numbers,
  patchFs,
  spoolRig,
} from './spool-rig.ts';

function report(): void {
  throw new Error('report');
}

type Write = (fd: number, data: Uint8Array) => number;

void test('a folder that others can reach or change is refused, and told of once', async (t) => {
  const rig = spoolRig(t);
  const cases: readonly [string, () => void, RegExp][] = [
    [
      'a link',
      () => {
        fs.mkdirSync(`${rig.folder}-2`, { mode: 0o700 });
        fs.symlinkSync(`${rig.folder}-2`, rig.folder);
      },
      /not a folder, but a link/,
    ],
    [
      'a link to nowhere',
      () => fs.symlinkSync(`${rig.folder}-3`, rig.folder),
      /not a folder, but a link/,
    ],
    ['a file', () => fs.writeFileSync(rig.folder, ''), /not a folder, but a link or a file/],
  ];
  for (const [what, make, why] of cases) {
    make();
    rig.reports.length = 0;
    const spool = rig.open();
    t.equal(spool.append(1, json({})), undefined, what);
    spool.start(() => t.fail('it is off'));
    spool.forget([]);
    t.strictSame(spool.unpark(1, 1), []);
    t.strictSame(spool.takeDropped(), { tooOld: 0, unreadable: 0 });
    t.equal(spool.parked, 0);
    t.equal(spool.close(), 0);
    t.equal(rig.reports.length, 1);
    t.match(rig.reports, [why]);
    t.equal(rig.clock.pending, 0);
    fs.rmSync(rig.folder, { recursive: true });
  }
});

void test('a folder of ours that others can reach is closed to them', async (t) => {
  const rig = spoolRig(t);
  for (const mode of [0o750, 0o770, 0o777]) {
    fs.mkdirSync(rig.folder);
    fs.chmodSync(rig.folder, mode);
    const spool = rig.open();
    t.ok(spool.append(1, json({})), mode.toString(8));
    t.equal(fs.statSync(rig.folder).mode & 0o777, 0o700);
    spool.close();
    fs.rmSync(rig.folder, { recursive: true });
  }
  t.strictSame(rig.reports, []);
  fs.mkdirSync(rig.folder);
  fs.chmodSync(rig.folder, 0o770);
  patchFs(t, 'chmodSync', () => () => undefined);
  t.equal(rig.open().append(1, json({})), undefined, 'of a file system without modes');
  t.match(rig.reports, [/cannot be made 0700/]);
});

void test('a folder of somebody else, or that cannot be written to, is refused', async (t) => {
  const rig = spoolRig(t);
  fs.mkdirSync(rig.folder, { mode: 0o700 });
  const asOther = patchFs(t, 'lstatSync', (original) => (path: string) => {
    const stat = (original as (of: string) => fs.Stats)(path);
    return Object.assign(stat, { uid: stat.uid + 1 });
  });
  t.equal(rig.open().append(1, json({})), undefined);
  asOther();
  patchFs(t, 'accessSync', () => () => {
    throw failure('EROFS');
  });
  t.equal(rig.open().append(1, json({})), undefined);
  t.match(rig.reports, [/belongs to somebody else/, /EROFS/]);
  t.equal(rig.reports.length, 2);
});

void test('missing folders are made, for this user only', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open({ folder: join(rig.folder, 'a', 'b') });
  t.ok(spool.append(1, json({})));
  t.equal(fs.statSync(join(rig.folder, 'a')).mode & 0o777, 0o700);
});

void test('a write that fails loses no other event, and is told of once until one succeeds', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  append(spool, [1]);
  for (const code of ['ENOSPC', 'EIO']) {
    const restore = patchFs(t, 'writeSync', () => () => {
      throw failure(code);
    });
    for (let i = 0; i < 5; i++) t.equal(spool.append(1, json({ n: 0 })), undefined);
    restore();
    append(spool, [2]);
  }
  t.match(rig.reports, [/cannot be written \(ENOSPC\)/, /cannot be written \(EIO\)/]);
  t.equal(rig.reports.length, 2);
  spool.close();
  t.strictSame(await leftBehind(rig), [1, 2, 2]);
});

void test('after a write that was cut short, or failed in its middle, the next line is whole', async (t) => {
  const line = `+2 1 ${Date.now()} {"n":0}\n`;
  for (let length = 0; length < line.length; length++) {
    for (const thrown of [false, true]) {
      const rig = spoolRig(t);
      const spool = rig.open();
      const [one] = append(spool, [1]);
      const restore = patchFs(t, 'writeSync', (original) => (fd: number, data: Uint8Array) => {
        const written = (original as Write)(fd, data.subarray(0, length));
        if (thrown) throw failure('EIO');
        return written;
      });
      t.equal(spool.append(1, json({ n: 0 })), undefined);
      restore();
      const [two, three] = append(spool, [2, 3]);
      spool.park(two!);
      t.strictSame(numbers(spool), [2], 'read back by this process');
      spool.forget([three!]);
      append(spool, [4]);
      spool.close();
      t.strictSame(await leftBehind(rig), [1, 2, 4], `${length} bytes`);
      spool.forget([one!]);
    }
  }
});

void test('half a line of forgotten events forgets none but those that it is about', async (t) => {
  // Without its full stop; with it the line is whole.
  const count = '-10,11,12'.length;
  for (let length = 0; length <= count; length++) {
    const rig = spoolRig(t);
    const spool = rig.open();
    const handles = append(spool, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    const restore = patchFs(
      t,
      'writeSync',
      (original) => (fd: number, data: Uint8Array) =>
        (original as Write)(fd, data.subarray(0, length)),
    );
    spool.forget(handles.slice(9, 12));
    restore();
    t.equal(rig.reports.length, 1);
    append(spool, [14]);
    // As if it had been killed now: what is there is what the next one sees.
    const [file] = rig.files();
    const bytes = fs.readFileSync(join(rig.folder, file!.name));
    spool.forget(handles.slice(0, 1));
    spool.close();
    t.strictSame(
      await leftBehind(rig),
      [2, 3, 4, 5, 6, 7, 8, 9, 13, 14],
      'the next write says it again',
    );

    const killed = spoolRig(t);
    killed.open();
    fs.writeFileSync(join(killed.folder, '1,left,0123456789abcdef,1.spool'), bytes);
    const found = await leftBehind(killed);
    t.strictSame(found, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14], `${length} bytes`);
  }
});

void test('where no file can be made, it is tried again', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const restore = patchFs(t, 'openSync', () => () => {
    throw failure('EMFILE');
  });
  t.equal(spool.append(1, json({})), undefined);
  t.equal(spool.append(1, json({})), undefined);
  restore();
  append(spool, [1]);
  t.match(rig.reports, [/EMFILE/]);
  t.equal(spool.close(), 1);
});

void test('what cannot be emptied or removed brings nothing back', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const restore = patchFs(t, 'ftruncateSync', () => () => {
    throw failure('EIO');
  });
  spool.forget(append(spool, [1, 2]));
  const full = patchFs(t, 'writeSync', () => () => {
    throw failure('ENOSPC');
  });
  for (let i = 0; i < 3; i++) spool.append(1, json({}));
  t.equal(rig.reports.length, 1, 'nothing was written meanwhile');
  full();
  restore();
  spool.forget(append(spool, [3]));
  append(spool, [4]);
  spool.close();

  patchFs(t, 'unlinkSync', () => () => {
    throw failure('EACCES');
  });
  const second = rig.open();
  await findAtLeast(second, 1);
  t.strictSame(numbers(second), [4]);
  second.forget(second.unpark(1, 1).map(({ handle }) => handle));
  t.equal(second.close(), 1);
  const third = rig.open();
  await findAtLeast(third, 1);
  third.forget(third.unpark(9, Infinity).map(({ handle }) => handle));
  t.equal(third.close(), 0);
  t.ok(rig.files().every(({ size }) => size === 0));
});

void test('a file that cannot be opened or read is told of once, and left', async (t) => {
  const rig = spoolRig(t);
  const dead = rig.open();
  append(dead, [1, 2]);
  dead.close();
  const [file] = rig.files();
  const spool = rig.open();
  for (const [name, code] of [
    ['openSync', 'EACCES'],
    ['renameSync', 'EPERM'],
  ] as const) {
    const restore = patchFs(t, name, () => () => {
      throw failure(code);
    });
    for (let i = 0; i < 3; i++) spool.start(() => t.fail('it cannot be read'));
    await tick();
    restore();
  }
  t.strictSame(rig.files(), [file]);
  t.equal(rig.reports.length, 1);

  const restore = patchFs(t, 'read', () => (...args: unknown[]) => {
    const done = args.at(-1) as (error: Error) => void;
    setImmediate(done, failure('EIO'));
  });
  for (let i = 0; i < 3; i++) {
    spool.start(() => t.fail('it cannot be read'));
    for (let ticks = 0; ticks < 5; ticks++) await tick();
  }
  restore();
  t.equal(rig.reports.length, 2);
  t.match(rig.reports, [/EACCES/, /EIO/]);
  t.equal(spool.close(), 0);
  t.strictSame(await leftBehind(rig), [1, 2], 'another one may have more luck');
});

void test('the end does not close a file that is being read from', async (t) => {
  const rig = spoolRig(t);
  const dead = rig.open();
  append(dead, [1]);
  dead.close();
  const order: string[] = [];
  patchFs(t, 'closeSync', (original) => (fd: number) => {
    order.push('close');
    original(fd);
  });
  const spool = rig.open();
  const read = new Promise<void>((resolve) => {
    patchFs(t, 'read', (original) => (...args: unknown[]) => {
      const done = args.pop() as (...results: unknown[]) => void;
      (original as (...rest: unknown[]) => void)(...args, (...results: unknown[]) => {
        order.push('read');
        done(...results);
        resolve();
      });
    });
  });
  spool.start(() => t.fail('it has ended'));
  spool.close();
  await read;
  await tick();
  t.strictSame(order, ['read', 'close']);
  t.strictSame(await leftBehind(rig), [1]);
});

void test('parked events that cannot be read are counted, and left for a later process', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const handles = append(spool, [1, 2, 3]);
  for (const handle of handles) spool.park(handle);
  const restore = patchFs(t, 'readSync', () => () => {
    throw failure('EIO');
  });
  t.strictSame(numbers(spool), []);
  restore();
  t.equal(spool.parked, 0);
  t.strictSame(spool.takeDropped(), { tooOld: 0, unreadable: 3 });
  t.equal(rig.reports.length, 1);
  spool.forget(handles);
  t.equal(spool.close(), 0, 'they are counted already');
  t.strictSame(await leftBehind(rig), [1, 2, 3]);
});

void test('parked events that somebody has written over are counted, and gone', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  for (const handle of append(spool, [1, 2, 3])) spool.park(handle);
  const path = join(rig.folder, rig.files()[0]!.name);
  fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('{"n":2}', '{"n":x}'));
  t.strictSame(numbers(spool), [1, 3]);
  fs.truncateSync(path);
  t.strictSame(spool.takeDropped(), { tooOld: 0, unreadable: 1 });
  t.equal(spool.close(), 2);
});

void test('a folder that can no longer be listed is told of once', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  patchFs(t, 'readdirSync', () => () => {
    throw failure('EIO');
  });
  for (let i = 0; i < 3; i++) spool.start(() => t.fail('there is nothing'));
  t.match(rig.reports, [/cannot be read \(EIO\)/]);
  t.equal(rig.reports.length, 1);
});

void test("hooks that throw are their owner's trouble", async (t) => {
  const rig = spoolRig(t);
  const dead = rig.open();
  append(dead, [1]);
  dead.close();
  const spool = rig.open({ report, maxBytes: 200 });
  spool.start(() => {
    throw new Error('onFound');
  });
  while (spool.parked === 0) await tick();
  while (spool.append(1, json({ text: 'x'.repeat(50) })) !== undefined);
  fs.rmSync(rig.folder, { recursive: true });
  fs.writeFileSync(rig.folder, '');
  const off = createSpool({
    folder: rig.folder,
    maxBytes: 1,
    maxAge: HOUR,
    clock: rig.clock,
    report,
  });
  t.equal(off.append(1, json({})), undefined);
});

void test('the real /proc takes none', { skip: process.platform !== 'linux' }, (t) => {
  t.match(prepareFolder('/proc/nope/errsight'), /^E[A-Z]+$/);
  t.end();
});
