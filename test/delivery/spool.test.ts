import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import { type Test, test } from 'tap';
import type { Lane } from '../../src/delivery/lanes.ts';
import {
  append,
  findAtLeast,
  HOUR,
  json,
  leftBehind,
  numbers,
  patchFs,
  type SpoolRig,
  spoolRig,
  values,
} from './spool-rig.ts';

const KB = Buffer.from(JSON.stringify({ n: 0, text: 'x'.repeat(1_000) }));

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

void test('what is not forgotten is found by the next one, oldest first', async (t) => {
  const rig = spoolRig(t);
  const first = rig.open();
  const handles = append(first, [1, 2, 3, 4, 5]);
  first.forget([handles[1]!, handles[3]!]);
  t.equal(first.close(), 3);
  const second = rig.open();
  t.equal(await findAtLeast(second, 1), 3);
  t.equal(second.parked, 3);
  t.strictSame(numbers(second), [1, 3, 5]);
  t.equal(second.parked, 0);
  t.equal(second.close(), 3, 'brought back is not forgotten');
  t.strictSame(await leftBehind(rig), [1, 3, 5]);
});

void test('an event comes back byte for byte, with its lane', async (t) => {
  const rig = spoolRig(t);
  const first = rig.open();
  const bytes = json({ text: 'zwölf \u2028 \n 👍', more: { a: [1, null] } });
  first.append(0, bytes);
  first.append(2, bytes);
  first.close();
  const second = rig.open();
  await findAtLeast(second, 2);
  const back = second.unpark(10, Infinity);
  t.strictSame(
    back.map((event) => event.lane),
    [0, 2],
  );
  t.ok(back.every((event) => event.bytes.equals(bytes)));
});

void test('where everything arrives, the folder stays all but empty', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  for (let i = 0; i < 100; i++) {
    const handles = append(spool, [1, 2, 3]);
    spool.forget(handles.slice(0, 2));
    spool.forget(handles.slice(2));
    t.strictSame(
      rig.files().map(({ size }) => size),
      [0],
    );
  }
  t.equal(spool.close(), 0);
  t.strictSame(rig.files(), []);
});

void test('what is forgotten twice, or after the end, is forgotten once', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const [one, two, three] = append(spool, [1, 2, 3]);
  spool.forget([one!, one!]);
  spool.forget([one!]);
  spool.park(one!);
  t.equal(spool.parked, 0);
  spool.forget([]);
  t.equal(spool.close(), 2);
  spool.forget([two!]);
  spool.park(three!);
  t.strictSame(await leftBehind(rig), [2, 3]);
});

void test('after the end nothing is written, and a second end says the same', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const [one] = append(spool, [1, 2]);
  spool.park(one!);
  t.equal(spool.close(), 2, 'a parked one among them');
  t.equal(spool.close(), 2);
  t.equal(spool.append(1, json({})), undefined);
  t.equal(spool.parked, 0);
  t.strictSame(spool.unpark(10, Infinity), []);
  spool.start(() => t.fail('it has ended'));
  await tick();
  t.equal(rig.clock.pending, 0);
  t.strictSame(rig.reports, []);
});

void test('what is parked comes back, and can be parked or forgotten again', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const [one, two, three] = append(spool, [1, 2, 3]);
  for (const handle of [three!, one!, two!, one!]) spool.park(handle);
  t.equal(spool.parked, 3);
  spool.forget([two!]);
  t.equal(spool.parked, 2);
  const [back] = spool.unpark(1, Infinity);
  t.strictSame(values([back!]), [1]);
  t.equal(back?.handle, one);
  t.equal(spool.parked, 1);
  spool.park(one!);
  t.strictSame(numbers(spool), [1, 3]);
  t.strictSame(spool.unpark(10, Infinity), []);
  spool.forget([one!, three!]);
  t.equal(rig.files()[0]?.size, 0);
});

void test('no more comes back than there is room for', async (t) => {
  const spool = spoolRig(t).open();
  for (const handle of append(spool, [1, 2, 3, 4, 5])) spool.park(handle);
  const { length } = json({ n: 1 });
  t.strictSame(spool.unpark(0, Infinity), []);
  t.strictSame(spool.unpark(10, length - 1), []);
  t.strictSame(values(spool.unpark(10, length)), [1]);
  t.strictSame(values(spool.unpark(10, 2 * length + 1)), [2, 3]);
  t.strictSame(values(spool.unpark(1, Infinity)), [4]);
  t.equal(spool.parked, 1);
});

void test('events that could not be read back are not written', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const cases: readonly [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['no object', Buffer.from('[1]')],
    ['two lines', Buffer.from('{"a":\n1}')],
    ['more than 600,000 bytes', json({ text: 'x'.repeat(600_000) })],
  ];
  for (const [what, bytes] of cases) t.equal(spool.append(1, bytes), undefined, what);
  t.ok(spool.append(1, json({ text: 'x'.repeat(500_000) })), 'the largest that is ever sent');
  t.strictSame(rig.reports, []);
});

void test('several spools of a folder have no more bytes together than one may', async (t) => {
  const rig = spoolRig(t);
  const spools = [1, 2, 3].map(() => rig.open({ maxBytes: 1_000_000 }));
  const total = (): number => rig.files().reduce((sum, { size }) => sum + size, 0);
  let taken = 0;
  for (let i = 0; i < 1_000; i++) {
    for (const spool of spools) if (spool.append(1, KB) !== undefined) taken += 1;
  }
  t.ok(total() <= 1_000_000, `${total()} bytes`);
  t.ok(taken > 800, `${taken} events of 1 KB`);
});

void test('events of a time when the clock was wrong are not too old', async (t) => {
  const rig = spoolRig(t);
  const folder = { maxAge: 30 * 24 * HOUR };
  const before = rig.open({ ...folder, now: () => 86_400_000 });
  const [kept] = append(before, [1]);
  t.ok(kept);
  before.close();
  const after = rig.open({ ...folder, now: () => Date.now() });
  await new Promise<void>((resolve) => after.start(() => resolve()));
  t.strictSame(values(after.unpark(10, Infinity)), [1]);
  t.equal(after.takeDropped().tooOld, 0);
});

void test('a spool never has more bytes than it may, and says once that it is full', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open({ maxBytes: 100_000 });
  const total = (): number => rig.files().reduce((sum, { size }) => sum + size, 0);
  const fill = (): NonNullable<ReturnType<typeof spool.append>>[] => {
    const handles = [];
    for (let i = 0; i < 200; i++) {
      const handle = spool.append(0, KB);
      if (handle !== undefined) handles.push(handle);
      if (total() > 100_000) t.fail(`${total()} bytes`);
    }
    return handles;
  };
  const handles = fill();
  t.ok(handles.length > 85, `${handles.length} events of 1 KB`);
  t.equal(rig.files().length, 4, 'segments of a quarter');
  t.strictSame(rig.reports, ['the spool is full: further events are held in memory only']);

  // To forget them takes bytes as well, those of full segments among them.
  for (const handle of handles.filter((_, index) => index % 2 === 0)) {
    spool.forget([handle]);
    if (total() > 100_000) t.fail(`${total()} bytes`);
  }
  t.ok(fill().length < 3, 'half of each segment waits, which keeps all of it');
  spool.forget(handles.slice(0, 60));
  t.ok(total() < 60_000, 'the first segments have gone');
  t.ok(fill().length > 30);
  t.equal(rig.reports.length, 2, 'it was well again, and full again');
});

void test('what dead ones left is taken over as far as there is room', async (t) => {
  const rig = spoolRig(t);
  for (let i = 0; i < 5; i++) {
    const dead = rig.open();
    for (let n = 0; n < 10; n++) dead.append(1, KB);
    dead.close();
  }
  const spool = rig.open({ maxBytes: 25_000 });
  t.equal(await findAtLeast(spool, 20), 20, 'two files of 10 KB');
  spool.forget(spool.unpark(20, Infinity).map(({ handle }) => handle));
  await findAtLeast(spool, 20);
  t.equal(rig.files().length, 3, 'with the room others are taken');
  t.strictSame(rig.reports, []);
});

void test('what waits for a host that was renamed is taken over, but not from a host that is in use', async (t) => {
  const rig = spoolRig(t);
  const wall = Date.now();
  let passed = 0;
  const sibling = (name: string): string => join(rig.folder, '..', name);
  const [renamed, fresh, empty] = [sibling('renamed'), sibling('fresh'), sibling('empty')];
  const inUse = rig.open({ folder: sibling('used') });
  append(inUse, [9]);
  inUse.close();
  const source = rig.open();
  append(source, [1, 2]);
  source.close();
  for (const folder of [renamed, fresh, empty]) fs.mkdirSync(folder, { mode: 0o700 });
  for (const { name } of rig.files()) {
    fs.copyFileSync(join(rig.folder, name), join(fresh, name));
    fs.renameSync(join(rig.folder, name), join(renamed, name));
    fs.utimesSync(join(renamed, name), wall / 1_000 - 600, wall / 1_000 - 600);
  }
  const spool = rig.open({
    now: () => wall + passed,
    siblings: () => ['used', 'renamed', 'fresh', 'empty', 'none'].map(sibling),
  });
  spool.start(() => undefined);
  await tick();
  t.strictSame(numbers(spool), [], 'its own spool may be about to start');
  const look = async (): Promise<number[]> => {
    passed += 60_000;
    const found = findAtLeast(spool, 2);
    await rig.clock.advance(60_000);
    await found;
    return numbers(spool);
  };
  t.strictSame(await look(), [1, 2]);
  t.strictSame(fs.readdirSync(renamed), []);
  t.equal(fs.existsSync(empty), false, 'an empty folder goes');
  t.equal(fs.readdirSync(fresh).length, 1, 'somebody was there a minute ago');
  passed += 60_000;
  t.strictSame(await look(), [1, 2], 'and nobody for two minutes');
  t.equal(fs.readdirSync(sibling('used')).length, 1, 'a spool of this thread has used it');
  t.strictSame(rig.reports, []);
});

void test('a file that is larger than all of the spool is left, and told of once', async (t) => {
  const rig = spoolRig(t);
  const dead = rig.open();
  for (let n = 0; n < 30; n++) dead.append(1, KB);
  dead.close();
  const [file] = rig.files();
  const spool = rig.open({ maxBytes: 25_000 });
  for (let i = 0; i < 3; i++) spool.start(() => t.fail('there is no room'));
  t.equal(rig.reports.length, 1);
  t.match(rig.reports, [/larger than the spool may be/]);
  t.strictSame(rig.files(), [file]);
});

void test('many small files of dead ones are opened a few at a time, until all are done', async (t) => {
  const rig = spoolRig(t);
  for (let n = 1; n <= 50; n++) {
    const dead = rig.open();
    append(dead, [n]);
    dead.close();
  }
  const spool = rig.open();
  const seen: number[] = [];
  await new Promise<void>((resolve) => {
    spool.start(() => {
      t.ok(fs.readdirSync(rig.folder).filter((name) => !name.startsWith('1,left')).length <= 16);
      const back = spool.unpark(10, Infinity);
      seen.push(...values(back));
      if (seen.length === 50) resolve();
      // Later, as if they had been sent.
      setImmediate(() => spool.forget(back.map(({ handle }) => handle)));
    });
  });
  t.strictSame(
    seen.toSorted((a, b) => a - b),
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
});

void test('what is too old is dropped, and counted', async (t) => {
  const rig = spoolRig(t);
  const begin = Date.now();
  let now = begin;
  const first = rig.open({ now: () => now });
  append(first, [1, 2]);
  now = begin + 1_000;
  append(first, [3]);
  now = begin + 2_000;
  append(first, [4]);
  first.close();
  now = begin + HOUR + 1;
  const second = rig.open({ now: () => now });
  t.equal(await findAtLeast(second, 1), 4);
  t.equal(second.parked, 4, 'for ten minutes, in which the clock may be set right');
  // The process's own clock counts from here on.
  await rig.clock.advance(1_000);
  t.strictSame(numbers(second), [1, 2, 4], 'one has become too old while it was parked');
  t.strictSame(second.takeDropped(), { tooOld: 1, unreadable: 0 });
  t.strictSame(second.takeDropped(), { tooOld: 0, unreadable: 0 });
  t.equal(second.close(), 3);
});

void test('a clock that was set back makes nothing old', async (t) => {
  const rig = spoolRig(t);
  const first = rig.open({ now: () => Date.now() + 10 * HOUR });
  append(first, [1]);
  first.close();
  t.strictSame(await leftBehind(rig), [1]);
});

void test('it looks again every minute, and shows every 20 seconds that it lives', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  append(spool, [1]);
  let found = 0;
  const once = new Promise<void>((resolve) => {
    spool.start((count) => {
      found += count;
      resolve();
    });
  });
  const [file] = rig.files();
  const path = join(rig.folder, file!.name);
  const other = rig.open();
  append(other, [2]);
  other.close();
  fs.utimesSync(path, 1, 1);
  await rig.clock.advance(19_999);
  t.equal(fs.statSync(path).mtimeMs, 1_000);
  await rig.clock.advance(1);
  t.ok(fs.statSync(path).mtimeMs > Date.now() - 60_000);
  await rig.clock.advance(39_999);
  t.equal(found, 0);
  await rig.clock.advance(1);
  await once;
  t.equal(found, 1);
  t.equal(rig.clock.pendingRefs, 0, 'and keeps nothing alive');
  spool.close();
  t.equal(rig.clock.pending, 0);
});

void test('files and folder are for this user only', async (t) => {
  const rig = spoolRig(t);
  append(rig.open(), [1]);
  t.equal(fs.statSync(rig.folder).mode & 0o777, 0o700);
  for (const { name } of rig.files()) {
    t.equal(fs.statSync(join(rig.folder, name)).mode & 0o777, 0o600);
  }
});

/** The folder as the next process finds it after a kill, in a folder of its own. */
async function afterKill(t: Test, rig: SpoolRig, count: number): Promise<number[]> {
  const next = spoolRig(t);
  next.open().close();
  for (const [index, { name }] of rig.files().entries()) {
    const left = `1,left,0123456789abcdef,${index}.spool`;
    fs.copyFileSync(join(rig.folder, name), join(next.folder, left));
  }
  return leftBehind(next, count);
}

/** A spool looks for its files once in each turn of the synchronous code. */
const nextTurn = (): Promise<void> => Promise.resolve();

void test('a folder that vanishes is made again with the next event, and with all that it held', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open({ maxBytes: 20_000 });
  // Several files, some of whose events are gone, and one that lies on the disk only.
  const handles = append(spool, numbersTo(300));
  spool.forget(handles.slice(0, 10));
  spool.park(handles[10]!);
  t.ok(rig.files().length > 1);
  fs.rmSync(rig.folder, { recursive: true });
  await nextTurn();
  append(spool, [301]);
  t.equal(fs.statSync(rig.folder).mode & 0o777, 0o700);
  const all = numbersTo(301).slice(10);
  const found = await afterKill(t, rig, all.length);
  t.strictSame(
    found.toSorted((a, b) => a - b),
    all,
    'a kill right after it loses nothing',
  );
  t.strictSame(numbers(spool), [11], 'and it can be read');
  spool.forget(handles.slice(10, 20));
  t.match(rig.reports, [/removed while in use/]);
  t.equal(rig.reports.length, 1);
  t.equal(spool.close(), 281);
});

void test('a folder that vanishes is made again for every lane that writes in the same turn', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const [held, sent] = ([1, 2] as const).map((lane) => spool.append(lane, json({ n: lane })));
  // The file of the second lane is empty, so there is nothing in it to write again.
  spool.forget([sent!]);
  fs.rmSync(rig.folder, { recursive: true });
  await nextTurn();
  for (const lane of [1, 2, 1, 2] as const) spool.append(lane, json({ n: 10 + lane }));
  const found = await afterKill(t, rig, 5);
  t.strictSame(
    found.toSorted((a, b) => a - b),
    [1, 11, 11, 12, 12],
  );
  t.same(spool.read(held!), json({ n: 1 }));
  spool.close();
});

void test('the events of one turn cost one look for the file, those of the next one more', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  append(spool, [1]);
  let looks = 0;
  patchFs(t, 'fstatSync', (original) => (fd: number) => {
    looks += 1;
    return (original as (of: number) => fs.Stats)(fd);
  });
  for (let turns = 1; turns <= 3; turns++) {
    await nextTurn();
    append(spool, numbersTo(100));
    t.equal(looks, turns);
  }
  spool.close();
});

void test('a folder that vanishes is made again without an event too, at a beat or the end', async (t) => {
  for (const wait of [20_000, 0]) {
    const rig = spoolRig(t);
    const spool = rig.open();
    append(spool, [1, 2]);
    fs.rmSync(rig.folder, { recursive: true });
    await rig.clock.advance(wait);
    if (wait > 0) t.strictSame(await afterKill(t, rig, 2), [1, 2]);
    t.equal(spool.close(), 2);
    t.strictSame(await leftBehind(rig), [1, 2]);
  }
});

void test('a folder that vanished and cannot be made again is told of, and not counted as left', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const [handle] = append(spool, [1]);
  fs.rmSync(rig.folder, { recursive: true });
  fs.writeFileSync(rig.folder, '');
  await nextTurn();
  t.equal(spool.append(1, json({ n: 2 })), undefined, 'it is in memory only');
  t.same(spool.read(handle!), json({ n: 1 }), 'what is open can still be sent');
  t.match(rig.reports, [/removed while in use/, /cannot be written/]);
  t.equal(spool.close(), 0);
});

void test(
  'every descriptor is closed in the end',
  { skip: !fs.existsSync('/proc/self/fd') },
  async (t) => {
    const rig = spoolRig(t);
    const open = (): number =>
      fs.readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(rig.folder);
        } catch {
          return false;
        }
      }).length;
    const first = rig.open({ maxBytes: 20_000 });
    for (let n = 0; n < 15; n++) first.append(1, KB);
    t.ok(open() > 2);
    first.close();
    t.equal(open(), 0);
    const second = rig.open();
    await findAtLeast(second, 15);
    t.ok(open() > 2);
    second.close();
    t.equal(open(), 0);
    // In the middle of reading: libuv's thread is not to read from what is another file by then.
    const third = rig.open();
    third.start(() => t.fail('it has ended'));
    t.equal(third.close(), 0, 'what was not told of is not counted either');
    while (open() > 0) await tick();
    t.equal((await leftBehind(rig, 15)).length, 15);
  },
);

void test('a disk full of what matters less keeps room for what matters more, down to a fatal', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open({ maxBytes: 400_000 });
  const counts = [4, 3, 2, 1, 0].map((lane) => {
    let count = 0;
    while (count < 1_000 && spool.append(lane as Lane, KB) !== undefined) count++;
    return count;
  });
  t.ok(counts[0]! > 250, `${counts[0]} of the lowest lane`);
  for (const [index, count] of counts.slice(1).entries()) {
    t.ok(count >= 12, `${count} more of lane ${3 - index}`);
  }
  t.equal(rig.reports.length, 1, 'it is told once');
  const total = rig.files().reduce((sum, { size }) => sum + size, 0);
  t.ok(total <= 400_000, `${total} bytes`);
});

for (const turn of [1, 7, 100]) {
  void test(`eight spools that write ${turn} at a time have no more bytes together than one may`, async (t) => {
    const rig = spoolRig(t);
    const maxBytes = 2_000_000;
    const spools = Array.from({ length: 8 }, () => rig.open({ maxBytes }));
    const total = (): number => rig.files().reduce((sum, { size }) => sum + size, 0);
    let largest = 0;
    let isFull = false;
    while (!isFull) {
      isFull = true;
      for (const spool of spools) {
        for (let n = 0; n < turn; n++) if (spool.append(0, KB) !== undefined) isFull = false;
        largest = Math.max(largest, total());
      }
    }
    t.ok(largest <= maxBytes, `${largest} bytes`);
    t.ok(largest > 0.85 * maxBytes, `${largest} bytes`);
  });
}
