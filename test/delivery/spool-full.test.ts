/** A disk without room: what matters more gets the room of what matters less. */
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import {
  type Lane,
  LANE_ERROR,
  LANE_FATAL,
  LANE_FIRST_ERROR,
  LANE_REST,
} from '../../src/delivery/lanes.ts';
import { parseLine } from '../../src/delivery/spool/line.ts';
import { scanLines } from '../../src/delivery/spool/scan.ts';
import { createSpool } from '../../src/delivery/spool/spool.ts';
import { range, rig as batcherRig } from './double.ts';
import {
  append,
  failure,
  findAtLeast,
  HOUR,
  json,
  patchFs,
  spoolRig,
  type OpenSpool,
  type SpoolRig,
} from './spool-rig.ts';

interface Disk {
  /** How many bytes it holds. */
  size: number;
}

type Write = (
  fd: number,
  data: Uint8Array,
  offset?: number,
  length?: number,
  position?: number,
) => number;

/** A disk that holds so many bytes in the rig's folder. A write over what is there takes none. */
function smallDisk(t: Test, { folder }: Pick<SpoolRig, 'folder'>, size: number): Disk {
  const disk = { size };
  patchFs(t, 'writeSync', (original) => (...args: Parameters<Write>) => {
    const [fd, data, offset = 0, length = data.length, position] = args;
    const used = fs
      .readdirSync(folder)
      .reduce((sum, name) => sum + fs.statSync(join(folder, name)).size, 0);
    const inside = position === undefined ? 0 : Math.max(0, fs.fstatSync(fd).size - position);
    const room = Math.min(length, inside + Math.max(0, disk.size - used));
    if (room === 0 && length > 0) throw failure('ENOSPC');
    return (original as Write)(fd, data, offset, room, position);
  });
  return disk;
}

/** An event of about 1,000 bytes. */
function large(n: number): Buffer {
  return json({ n, text: 'x'.repeat(1_000) });
}

/** Appends events until the disk is full. Returns their numbers. */
function fill(spool: OpenSpool, lane: Lane, from: number): number[] {
  const written: number[] = [];
  for (let n = from; spool.append(lane, large(n)) !== undefined; n++) written.push(n);
  return written;
}

/** The numbers of what a later process finds if this one is killed now. */
async function foundAfterKill({ folder }: Pick<SpoolRig, 'folder'>): Promise<number[]> {
  const found: number[] = [];
  for (const name of fs.readdirSync(folder)) {
    const fd = fs.openSync(join(folder, name), 'r');
    const { events } = await scanLines(fd, fs.fstatSync(fd).size, () => false);
    const bytes = fs.readFileSync(fd);
    fs.closeSync(fd);
    for (const { offset, length } of events) {
      const { jsonAt } = parseLine(bytes.subarray(offset, offset + length - 1)) as {
        jsonAt: number;
      };
      found.push(numberOf(bytes.subarray(offset + jsonAt, offset + length - 1)));
    }
  }
  return found.toSorted((a, b) => a - b);
}

function numberOf(bytes: Buffer | undefined): number {
  return (JSON.parse(String(bytes)) as { n: number }).n;
}

void test('on a full disk the newest of the least important give way to a graver event', async (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  smallDisk(t, rig, 100_000);
  append(spool, [1, 2], LANE_ERROR);
  const warnings = fill(spool, LANE_REST, 1_000);
  t.equal(spool.append(LANE_FATAL, large(3)), undefined);
  const out = spool.makeRoom(LANE_FATAL);
  t.ok(out.length > 0 && out.length < 30, `${out.length} give way`);
  t.ok(spool.append(LANE_FATAL, large(3)));
  const kept = warnings.slice(0, -out.length);
  t.strictSame(await foundAfterKill(rig), [1, 2, 3, ...kept]);
  t.strictSame(
    out.map(({ bytes }) => numberOf(bytes)).toSorted((a, b) => a - b),
    warnings.slice(-out.length),
    'with their bytes',
  );
  t.ok(out.every(({ handle }) => handle.isGone));
  spool.forget(out.map(({ handle }) => handle));
  t.equal(spool.close(), 3 + kept.length, 'they are not counted twice');
  t.strictSame(rig.reports, [
    'the spool cannot be written (ENOSPC): events are held in memory only',
  ]);
});

for (const isFound of [false, true]) {
  const whose = isFound ? 'of a dead process' : 'of this process';
  void test(`what was forgotten stays so where the end of a file ${whose} is cut off`, async (t) => {
    const rig = spoolRig(t);
    const first = rig.open();
    const handles = append(first, range(1, 60), LANE_REST);
    first.forget(handles.slice(0, 5));
    const one = first.append(LANE_REST, large(101));
    first.append(LANE_REST, json({ n: 102, text: 'x'.repeat(30_000) }));
    first.forget([...handles.slice(8, 10), ...(one === undefined ? [] : [one])]);
    for (const n of range(103, 125)) first.append(LANE_REST, large(n));
    if (isFound) first.close();
    const spool = isFound ? rig.open() : first;
    if (isFound) await findAtLeast(spool, 1);
    smallDisk(t, rig, 0);
    // Forgetting these has no room, until the end is cut off.
    if (!isFound) spool.forget(handles.slice(10, 12));
    t.equal(spool.append(LANE_FATAL, json({ n: 900, text: 'x'.repeat(100_000) })), undefined);
    t.strictSame(spool.makeRoom(LANE_FATAL), [], 'not for nothing');
    const gone = new Set([1, 2, 3, 4, 5, 9, 10, 101]);
    const all = [...range(1, 60), 102, ...range(103, 125)].filter((n) => !gone.has(n));
    t.strictSame(await foundAfterKill(rig), all);
    // The second cut takes the line that says what was forgotten first.
    for (const count of [16, 8]) {
      t.equal(spool.append(LANE_FATAL, json({ n: 900 })), undefined);
      const out = spool.makeRoom(LANE_FATAL);
      t.equal(out.length, count);
      all.splice(-out.length);
      const left = isFound ? all : all.filter((n) => n !== 11 && n !== 12);
      t.strictSame(await foundAfterKill(rig), left);
    }
  });
}

void test('what a dead process left gives way too, and nothing to what matters as little', async (t) => {
  const rig = spoolRig(t);
  const dead = rig.open();
  smallDisk(t, rig, 100_000);
  const errors = fill(dead, LANE_ERROR, 1);
  dead.close();
  const spool = rig.open();
  await findAtLeast(spool, 1);
  for (const lane of [LANE_ERROR, LANE_REST] as const) {
    t.equal(spool.append(lane, large(0)), undefined);
    t.strictSame(spool.makeRoom(lane), []);
  }
  t.strictSame(spool.makeRoom(LANE_FATAL), [], 'none has failed');
  t.equal(spool.append(LANE_FIRST_ERROR, large(0)), undefined);
  const out = spool.makeRoom(LANE_FIRST_ERROR);
  t.ok(spool.append(LANE_FIRST_ERROR, large(0)));
  spool.close();
  t.strictSame(await foundAfterKill(rig), [0, ...errors.slice(0, -out.length)]);
});

void test('a fault that more room does not mend costs nothing', (t) => {
  const rig = spoolRig(t);
  const spool = rig.open();
  const disk = smallDisk(t, rig, 100_000);
  const warnings = fill(spool, LANE_REST, 1);
  disk.size = Infinity;
  const restore = patchFs(t, 'writeSync', () => () => {
    throw failure('EIO');
  });
  t.equal(spool.append(LANE_FATAL, large(0)), undefined);
  t.strictSame(spool.makeRoom(LANE_FATAL), []);
  restore();
  t.equal(spool.close(), warnings.length);
  t.end();
});

void test('where 64 MiB are used up, a fatal error has room too', (t) => {
  const rig = spoolRig(t);
  const spool = rig.open({ maxBytes: 100_000 });
  const [warnings, errors] = [fill(spool, LANE_REST, 0), fill(spool, LANE_ERROR, 0)];
  t.ok(warnings.length > 0 && errors.length > 0);
  let fatal = 0;
  for (let n = 0; n < 60; n++) {
    if (spool.append(LANE_FATAL, large(n)) === undefined) {
      spool.makeRoom(LANE_FATAL);
      if (spool.append(LANE_FATAL, large(n)) === undefined) break;
    }
    fatal++;
  }
  t.equal(fatal, 60);
  const used = rig.files().reduce((sum, { size }) => sum + size, 0);
  t.ok(used <= 100_000, `${used} bytes`);
  t.end();
});

/** A batcher whose server is down, with a spool on a small disk. */
function outage(t: Test, size: number, options: { readonly maxQueueSize?: number } = {}) {
  const folder = spoolRig(t);
  fs.mkdirSync(folder.folder, { mode: 0o700, recursive: true });
  const reports: string[] = [];
  const world = { isUp: false };
  const made = batcherRig(
    () => (world.isUp ? { kind: 'accepted' } : { kind: 'retry', reason: 'ECONNREFUSED' }),
    {
      ...options,
      spool: createSpool({
        folder: folder.folder,
        maxBytes: 64 * 1024 * 1024,
        maxAge: HOUR,
        clock: folder.clock,
        report: (message) => reports.push(message),
      }),
    },
  );
  t.teardown(() => made.batcher.close(0));
  const disk = smallDisk(t, folder, size);
  const add = (numbers: readonly number[], lane: Lane): void => {
    for (const n of numbers) made.batcher.add(large(n), { lane });
  };
  return { ...made, folder, spoolReports: reports, world, disk, add };
}

void test('with a full disk fatal errors survive a kill, and the rest is written once there is room', async (t) => {
  const made = outage(t, 60_000);
  made.add(range(1, 200), LANE_REST);
  made.add([900, 901], LANE_FATAL);
  const onDisk = await foundAfterKill(made.folder);
  t.ok(onDisk.includes(900) && onDisk.includes(901), 'fatal errors are there');
  t.ok(onDisk.includes(1) && !onDisk.includes(200), 'the newest warnings have given way');
  t.equal(made.batcher.queued, 202, 'all wait in memory');
  t.strictSame(made.spoolReports, [
    'the spool cannot be written (ENOSPC): events are held in memory only',
  ]);
  made.disk.size = Infinity;
  await made.folder.clock.advance(20_000);
  t.strictSame(await foundAfterKill(made.folder), [...range(1, 200), 900, 901]);
  t.equal(made.spoolReports.length, 1);
  made.world.isUp = true;
  const before = made.sender.sent.length;
  await made.clock.advance(60_000);
  t.equal(made.counters.delivered, 202);
  const seen = made.sender.sent
    .slice(before)
    .flatMap(({ events }) => events as unknown as { n: number }[]);
  t.equal(new Set(seen.map(({ n }) => n)).size, seen.length, 'once each');
  t.equal(made.counters.accepted, made.known() + made.batcher.spooled);
  t.equal(
    made.folder.files().reduce((sum, { size }) => sum + size, 0),
    0,
  );
});

void test('with no room in memory either, the least important are lost and counted once', async (t) => {
  const made = outage(t, 60_000, { maxQueueSize: 20 });
  made.add(range(1, 100), LANE_REST);
  const lost = made.counters.dropped.queue_full;
  t.ok(lost > 0 && made.batcher.spooled > 0);
  made.add(range(900, 939), LANE_FATAL);
  t.equal(made.counters.accepted, made.known() + made.batcher.spooled);
  made.world.isUp = true;
  await made.clock.advance(60_000);
  const { delivered, dropped } = made.counters;
  t.equal(delivered + dropped.queue_full, 140);
  t.equal(dropped.internal_error, 0);
  const arrived = new Set(
    made.sender.sent
      .flatMap(({ events }) => events as unknown as { n: number }[])
      .map(({ n }) => n),
  );
  for (const n of range(900, 939)) t.ok(arrived.has(n), `fatal ${n}`);
});

void test('the end leaves the most important ones on a full disk, and counts the others as lost', async (t) => {
  const made = outage(t, 60_000);
  made.add(range(1, 100), LANE_REST);
  made.disk.size = 0;
  made.add(range(900, 909), LANE_FATAL);
  made.disk.size = 60_000;
  t.equal(await made.batcher.close(0), false);
  const { left, dropped } = made.counters;
  t.equal(left + dropped.shutdown, 110);
  const found = await foundAfterKill(made.folder);
  t.equal(found.length, left);
  for (const n of range(900, 909)) t.ok(found.includes(n), `fatal ${n}`);
});

void test('what is captured after the end, when the disk is full, is lost, counted and told to a flush', async (t) => {
  const made = outage(t, 60_000);
  made.add(range(1, 30), LANE_ERROR);
  const { batcher, counters } = made;
  t.equal(
    batcher.settleRemaining(batcher.takeRemaining(), () => undefined),
    0,
  );
  t.equal(await batcher.flush(1_000), false, 'they have not arrived');
  t.equal(await batcher.flush(1_000), true, 'and nothing has happened since');
  made.disk.size = 0;
  const late = [900, 901].map((n) => batcher.addRemaining(large(n), { lane: LANE_FATAL }));
  // One of them arrives.
  const lost = batcher.settleRemaining(late, (index) => (index === 0 ? 'delivered' : undefined));
  t.equal(lost, 1);
  t.match(counters, { accepted: 32, left: 30, delivered: 1, dropped: { shutdown: 1 } });
  t.equal(counters.accepted, made.known() + batcher.spooled);
  t.equal(await batcher.flush(1_000), false);
  t.equal(await batcher.flush(1_000), true);
  made.disk.size = 60_000;
  const last = batcher.addRemaining(large(902), { lane: LANE_FATAL });
  t.equal(
    batcher.settleRemaining([last], () => undefined),
    0,
    'there is room again',
  );
  t.match(counters, { accepted: 33, left: 31, dropped: { shutdown: 1 } });
  t.strictSame(await foundAfterKill(made.folder), [...range(1, 30), 902]);
});

for (const others of [0, 1]) {
  test(`what comes after the end keeps to the bound, with files of ${others} other spools`, async (t) => {
    const rig = spoolRig(t);
    const maxBytes = 100_000;
    for (let other = 0; other < others; other += 1) fill(rig.open({ maxBytes }), LANE_REST, 0);
    const spool = rig.open({ maxBytes });
    const written = fill(spool, LANE_FATAL, 1_000);
    t.ok(written.length > 0);
    t.equal(spool.close(), written.length);
    for (let n = 0; n < 50; n += 1) {
      t.equal(spool.leave(LANE_ERROR, large(n)), false, 'a bound that is reached');
      spool.leave(LANE_FATAL, large(n));
    }
    const bytes = rig.files().reduce((sum, { size }) => sum + size, 0);
    t.ok(bytes <= maxBytes, `${bytes}`);
  });
}
