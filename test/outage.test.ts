import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pino from 'pino';
import t, { type Test } from 'tap';
import type { Outcome } from '../src/delivery/outcome.ts';
import { LANE_ERROR, LANE_FATAL, LANE_FIRST_ERROR, LANE_TABLE } from '../src/delivery/lanes.ts';
import { createSpool } from '../src/delivery/spool/spool.ts';
import { RateLimit } from '../src/dev/rate-limit.ts';
import { range, rig, type Rig, type Sent } from './delivery/double.ts';
import { strictServer } from './helpers/errsight.ts';
import { hold } from './helpers/held.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const KIB = 1_024;
const MIB = KIB * KIB;

const ACCEPTED: Outcome = { kind: 'accepted' };
const FAILED: Outcome = { kind: 'retry', reason: 'HTTP 500' };

/** The events that the server took, in their order. */
function arrived({ sender }: Rig, holds: (sent: Sent) => boolean): number[] {
  return sender.sent.filter(holds).flatMap(({ events }) => events);
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}

const OUTAGES: readonly (readonly [what: string, ms: number, during: Outcome, most: number])[] = [
  // Each wait is at most twice the one before, and 30 s.
  ['3 s of 500', 3 * SECOND, FAILED, 3_200],
  ['10 s of 500', 10 * SECOND, FAILED, 10_200],
  ['a minute without a server', MINUTE, { kind: 'retry', reason: 'ECONNREFUSED' }, 30_000],
  [
    'a rate limit for 2 s',
    2 * SECOND,
    { kind: 'rate_limited', retryAfterMs: 2 * SECOND, limit: undefined },
    200,
  ],
  // Tried again after 60 and 180 s.
  ['a key that is unknown for 90 s', 90 * SECOND, { kind: 'refused', status: 401 }, 90_000],
  ['a project that is paused for 90 s', 90 * SECOND, { kind: 'paused' }, 90_000],
];

for (const [what, ms, during, most] of OUTAGES) {
  t.test(`500 errors at once all arrive, once, after ${what}`, async (t) => {
    const made = rig(({ at }) => (at < ms ? during : ACCEPTED));
    made.add(range(1, 500), LANE_ERROR);
    await made.clock.advance(ms - 1);
    t.equal(made.counters.delivered, 0);
    t.equal(made.known(), 500);
    await made.clock.advance(most + 1);
    t.strictSame(
      arrived(made, ({ at }) => at >= ms),
      range(1, 500),
      'in their order',
    );
    t.match(made.counters, { delivered: 500, dropped: { queue_full: 0, rejected: 0 } });
    const failed = made.sender.sent.filter(({ at }) => at < ms);
    t.ok(failed.length <= 10, `${failed.length} requests that failed`);
  });
}

/** A server that counts events by the minute, on the rig's clock. */
function limited(perMinute: number): Rig & { windows: () => number[][] } {
  const limit = new RateLimit(perMinute);
  const accepted = new Set<Sent>();
  const made = rig((sent) => {
    const decision = limit.take(sent.events.length, sent.at);
    if (!decision.allowed) {
      const retryAfterMs = decision.retryAfter * SECOND;
      return { kind: 'rate_limited', retryAfterMs, limit: decision.limit };
    }
    accepted.add(sent);
    return ACCEPTED;
  });
  return {
    ...made,
    windows() {
      const windows: number[][] = [];
      for (const { at, events } of accepted) {
        const index = Math.floor(at / MINUTE);
        windows[index] = [...(windows[index] ?? []), ...events];
      }
      return windows;
    },
  };
}

t.test('with 60 a minute the fatal and the first of each kind come in the first', async (t) => {
  const made = limited(60);
  made.add(range(1, 450), LANE_ERROR);
  made.add(range(451, 499), LANE_FIRST_ERROR);
  made.add([500], LANE_FATAL);
  await made.clock.advance(10 * MINUTE - 1);
  const windows = made.windows();
  t.strictSame(windows[0], [500, ...range(451, 499), ...range(1, 4)]);
  t.strictSame(
    windows.map(({ length }) => length),
    [...Array<number>(9).fill(54), 14],
    'repeats leave a tenth',
  );
  t.strictSame(sorted(windows.flat()), range(1, 500));
  t.equal(made.known(), 500);
});

t.test('with a limit of 5 batches of 10 arrive over as many minutes as they need', async (t) => {
  const made = limited(5);
  made.add(range(1, 100), LANE_ERROR);
  await made.clock.advance(25 * MINUTE - 1);
  t.strictSame(
    made.windows().map(({ length }) => length),
    Array<number>(25).fill(4),
    'repeats leave one place',
  );
  t.strictSame(made.windows().flat(), range(1, 100));
  t.ok(made.counters.requests <= 25 + 5, `${made.counters.requests} requests`);
});

/** An event of so many bytes. */
function event(n: number, bytes: number): Buffer {
  const frame = JSON.stringify({ n, x: '' }).length;
  return Buffer.from(JSON.stringify({ n, x: 'x'.repeat(bytes - frame) }));
}

/** Bytes that this process has in use. */
async function memory(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  // What a Buffer held is given back in the background.
  for (let round = 0; round < 3; round += 1) {
    gc();
    await new Promise(setImmediate);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

interface Load {
  readonly what: string;
  readonly perSecond: number;
  readonly bytes: number;
  readonly maxQueueSize: number;
  readonly maxQueueBytes: number;
  /** What may wait then. */
  readonly most: number;
}

const LOADS: readonly Load[] = [
  {
    what: 'the number of events',
    perSecond: 50,
    bytes: KIB,
    maxQueueSize: 10_000,
    maxQueueBytes: 32 * MIB,
    most: 10_000,
  },
  {
    what: 'their bytes',
    perSecond: 5,
    bytes: 40 * KIB,
    maxQueueSize: 10_000,
    maxQueueBytes: 4 * MIB,
    most: 102,
  },
];

/** An hour of load on a server that does not answer; `look` is called each second. */
async function hour(made: Rig, load: Load, look: () => void): Promise<number> {
  let n = 0;
  for (let second = 0; second < 3_600; second += 1) {
    for (let index = 0; index < load.perSecond; index += 1) {
      n += 1;
      made.batcher.add(event(n, load.bytes), {
        lane: n % 100 === 0 ? LANE_FIRST_ERROR : LANE_ERROR,
      });
    }
    await made.clock.advance(SECOND);
    look();
    // What the double remembers is not the batcher's memory.
    made.sender.sent.length = 0;
  }
  return n;
}

/** What is not true in any second, told once. */
function watcher(t: Test): (holds: boolean, what: string) => void {
  const told = new Set<string>();
  return (holds, what) => {
    if (holds || told.has(what)) return;
    told.add(what);
    t.fail(what);
  };
}

function down(made: Pick<Rig, 'clock'>, start: number): boolean {
  return made.clock.now() - start < 3_600 * SECOND;
}

for (const load of LOADS) {
  t.test(`in an outage of an hour ${load.what} bound what waits`, async (t) => {
    const before = await memory();
    let start = Infinity;
    const made: Rig = rig(
      () => (down(made, start) ? FAILED : ACCEPTED),
      load satisfies Partial<Load>,
    );
    start = made.clock.now();
    const check = watcher(t);
    const count = await hour(made, load, () => {
      const { queued, inFlight } = made.batcher;
      check(queued <= load.most, `more than ${load.most} wait`);
      check(inFlight <= 50, 'more than a request is in flight');
      check(made.known() === made.counters.accepted, 'it does not add up');
    });
    const grown = ((await memory()) - before) / (load.most * load.bytes);
    t.ok(grown < 2.5, `memory grew by ${grown.toFixed(2)} times what may wait`);
    await made.clock.advance(MINUTE);
    const { delivered, dropped } = made.counters;
    t.equal(delivered, load.most, 'what was kept arrives');
    t.equal(dropped.queue_full, count - load.most);
    t.equal(made.batcher.queued, 0);
  });
}

t.test('in an outage of an hour the spool stays within its bound', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'errsight-outage-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const maxBytes = 8 * MIB;
  const load = {
    what: 'both',
    perSecond: 5,
    bytes: 2 * KIB,
    maxQueueSize: 1_000,
    maxQueueBytes: 32 * MIB,
    most: 1_000,
  };
  const reports: string[] = [];
  let start = Infinity;
  const clock: { now?: () => number } = {};
  const spool = createSpool({
    folder,
    maxBytes,
    maxAge: 24 * 60 * MINUTE,
    // What its timers do is only to touch its files.
    clock: {
      now: () => clock.now?.() ?? 0,
      setTimer: () => 0,
      clearTimer: () => undefined,
      onceRead: () => undefined,
    },
    report: (message) => reports.push(message),
  });
  const made: Rig = rig(() => (down(made, start) ? FAILED : ACCEPTED), { ...load, spool });
  start = made.clock.now();
  clock.now = () => made.clock.now();
  const check = watcher(t);
  let largest = 0;
  const size = (): number =>
    readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const known = (): number => made.known() + made.batcher.spooled;
  const count = await hour(made, load, () => {
    largest = Math.max(largest, size());
    check(made.batcher.queued <= load.most, `more than ${load.most} wait in memory`);
    check(known() === made.counters.accepted, 'it does not add up');
  });
  t.ok(largest <= maxBytes, `${largest} bytes`);
  // The last tenth is for the first errors of issues and for fatal ones.
  const share = LANE_TABLE[LANE_ERROR].diskShare;
  t.ok(largest > 0.97 * share * maxBytes, `only ${largest} bytes`);
  t.strictSame(reports, [
    'the spool is full: errors of known issues, and what matters less, are held in memory only',
  ]);
  const kept = made.batcher.spooled + made.batcher.queued;
  t.ok(kept > (share * maxBytes) / load.bytes, `${kept} are kept`);
  await made.clock.advance(MINUTE);
  t.equal(made.counters.delivered, kept, 'all of these arrive');
  t.equal(made.counters.dropped.queue_full, count - kept);
  const closed = made.batcher.close(0);
  await made.clock.advance(0);
  t.equal(await closed, false, 'some were lost since the last flush');
  t.strictSame(readdirSync(folder), []);
});

t.test('500 errors through pino’s worker all arrive after 3 s of 500', async (t) => {
  let until = 0;
  let refused = 0;
  const server = await strictServer(t, {
    intercept(_request, response) {
      until ||= performance.now() + 3 * SECOND;
      // On a busy machine the second request may come later.
      if (performance.now() > until && refused >= 2) return false;
      refused += 1;
      response.writeHead(500).end();
      return true;
    },
  });
  // What a slow machine answers late would come twice.
  const options = { apiKey: server.key, host: server.url, timeout: 60_000 };
  const transport = hold(
    pino.transport({ target: 'errsight/pino', options }) as NodeJS.EventEmitter &
      pino.DestinationStream & { end(): void },
  );
  const logger = pino(transport);
  for (const n of range(1, 500)) logger.error(new Error(`burst ${n}`));
  await server.waitForEvents(500);
  const numbers = server.events.map(({ message }) => Number(/\d+$/.exec(message)?.[0]));
  t.strictSame(sorted(numbers), range(1, 500));
  const failed = server.requests.filter(({ status }) => status === 500);
  t.ok(failed.length >= 2 && failed.length <= 12, `${failed.length} requests failed`);
  const closed = new Promise((resolve) => transport.once('close', resolve));
  transport.end();
  await closed;
  t.equal(server.total, 500);
});
