import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { DropReason, Stats } from '../../src/stats.ts';
import { strictServer, type StrictServerOptions, type TestErrsight } from './errsight.ts';
import { startFront, type Front, type OnConnection } from './front.ts';
import { startFixture } from './live.ts';

export const WAYS_IN = ['direct', 'stream', 'pino'] as const;
export type WayIn = (typeof WAYS_IN)[number];

/** What a program says while it goes through its cases; see `fixtures/faults`. */
interface Said {
  readonly said: string;
  readonly name: string;
  readonly reason?: string;
  readonly unbalanced: readonly string[];
  readonly left: readonly string[];
}

/** One failure, and what becomes of ten events. */
export interface Fault {
  readonly name: string;
  readonly server?: () => StrictServerOptions;
  /** What stands before the server, if it is the way that fails. */
  readonly front?: OnConnection;
  /** Before the first event. */
  readonly before?: (server: TestErrsight, front: Front) => unknown;
  /** After the first retry. */
  readonly onRetry?: (front: Front) => unknown;
  /** What comes after the first ten: ten more, or the same place once more. */
  readonly next?: 'burst' | 'reopen';
  /** Between these. */
  readonly between?: (server: TestErrsight, front: Front) => unknown;
  /** Characters of each event. Default 10. */
  readonly size?: number;
  readonly options?: object;
  /** Whether the events lie on the disk as well. */
  readonly spool?: true;
  /** Why a request had to be made again; undefined if none had. */
  readonly retried?: RegExp;
  /** How many events are lost, and how that is counted. Default: none. */
  readonly lost?: Partial<Record<DropReason, number>>;
  /** How many may be there twice, since the answer to their first request never arrived. */
  readonly twice?: number;
}

export const EVENTS = 10;

interface Place {
  readonly fault: Fault;
  readonly server: TestErrsight;
  readonly front: Front;
  readonly spool: string;
}

async function prepare(t: Test, fault: Fault): Promise<Place> {
  const server = await strictServer(t, fault.server?.());
  const front = await startFront(t, server.port, fault.front);
  const spool = mkdtempSync(join(tmpdir(), 'errsight-faults-'));
  t.teardown(() => rmSync(spool, { recursive: true, force: true }));
  await fault.before?.(server, front);
  return { fault, server, front, spool };
}

/** All faults of a list by one of the ways in, in one process, which has to end by itself. */
export async function goThrough(t: Test, way: WayIn, faults: readonly Fault[]): Promise<void> {
  const places = await Promise.all(faults.map((fault) => prepare(t, fault)));
  const cases = places.map(({ fault, server, front, spool }) => ({
    name: fault.name,
    size: fault.size ?? 10,
    next: fault.next,
    options: {
      apiKey: server.key,
      host: front.url,
      debug: true,
      // Only what hangs is given up. A busy machine may need seconds for an answer.
      timeout: 60_000,
      shutdownTimeout: 30_000,
      ...(fault.spool && { spool }),
      ...fault.options,
    },
  }));
  const said: Said[][] = [[]];
  const program = startFixture(t, 'faults', {
    args: [way, JSON.stringify(cases)],
    onLine: (line) => void hear(JSON.parse(line) as Said),
  });
  const once = new Set<Place>();
  async function hear(word: Said): Promise<void> {
    const place = places[said.length - 1];
    if (place === undefined) return;
    const { fault, server, front } = place;
    said.at(-1)?.push(word);
    if (word.said === 'closed') said.push([]);
    if (word.said === 'retried' && !once.has(place)) {
      once.add(place);
      await fault.onRetry?.(front);
    }
    if (word.said === 'next') {
      await fault.between?.(server, front);
      program.tell('go on');
    }
    if (word.said === 'reopened') {
      await server.waitForEvents(EVENTS).catch((error: unknown) => t.fail(String(error)));
      program.tell('go on');
    }
  }
  const ended = await program.ended;
  t.match(ended, { code: 0, signal: null }, ended.stderr);
  const foreign = ended.stderr.split('\n').filter((line) => !/^(errsight: .*)?$/.test(line));
  t.strictSame(foreign, [], 'Node has nothing to warn of');
  const closings = [...ended.stderr.matchAll(/^errsight: closed: (\{.*\})$/gm)].map(
    ([, json]) => JSON.parse(json ?? '') as Stats,
  );
  for (const [index, place] of places.entries()) {
    const { fault } = place;
    const closed = closings.splice(0, fault.next === 'reopen' ? 2 : 1);
    await t.test(fault.name, async (t) => judge(t, place, said[index] ?? [], closed));
  }
}

function judge(t: Test, place: Place, said: readonly Said[], closings: readonly Stats[]): void {
  const { fault, server } = place;
  const { lost = {}, twice = 0, retried } = fault;
  const count = fault.next === 'burst' ? 2 * EVENTS : EVENTS;
  const sumLost = Object.values(lost).reduce((a, b) => a + b, 0);

  const ids = server.events.map(({ received }) => received['ingestion_id']);
  t.equal(new Set(ids).size, count - sumLost, 'what could be kept has arrived');
  t.ok(ids.length - new Set(ids).size <= twice, `${ids.length} of ${new Set(ids).size} events`);

  const reasons = said.filter((word) => word.said === 'retried').map(({ reason }) => reason);
  t.match(reasons, retried === undefined ? [] : reasons.map(() => retried));
  t.equal(reasons.length > 0, retried !== undefined, `retried: ${reasons.join()}`);

  const last = said.at(-1);
  t.strictSame(last?.unbalanced, [], 'at every moment it adds up');
  t.strictSame(last?.left, [], 'nothing is left');

  const closed = closings.at(-1);
  t.equal(closings.length, fault.next === 'reopen' ? 2 : 1);
  t.match(closed, { accepted: count, delivered: count - sumLost, queued: 0, inFlight: 0 });
  for (const each of closings) {
    const { accepted, queued, inFlight, delivered, spooled, dropped } = each;
    const sum = Object.values(dropped).reduce((a, b) => a + b, delivered + spooled);
    t.equal(accepted, sum + queued + inFlight, 'it adds up at the end');
  }
  const drops = Object.entries(closed?.dropped ?? {}).filter(([, dropped]) => dropped > 0);
  t.strictSame(Object.fromEntries(drops), lost, 'each loss has its reason');
}
