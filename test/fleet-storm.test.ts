/**
 * A storm in a fleet, by a fake clock: 2,000 processes with real batchers, a queue, two relays with real
 * batchers, and one project that takes 60 events a minute.
 */
import { setImmediate as tick } from 'node:timers/promises';
import t from 'tap';
import { Batcher } from '../src/delivery/batcher.ts';
import { laneOf } from '../src/delivery/lanes.ts';
import { Ledger } from '../src/delivery/ledger.ts';
import type { Outcome } from '../src/delivery/outcome.ts';
import { Rate } from '../src/delivery/rate.ts';
import { Receipts } from '../src/delivery/receipts.ts';
import { createGrouper } from '../src/event/make/group.ts';
import type { ErrsightEvent } from '../src/event/event.ts';
import { Relay, type Entry, type Queue } from '../src/fleet/relay.ts';
import { createSorter } from '../src/fleet/sort.ts';
import { streamsOf } from '../src/fleet/streams.ts';
import type { Clock } from '../src/lib/clock.ts';

const PROCESSES = 2_000;
const LIMIT = 60;
const MINUTE = 60_000;
/** ms of a storm. */
const STORM = 2 * MINUTE;
/** ms in which a process logs the same once more. */
const EACH = 6_000;
const WITHIN = 2 * MINUTE;
const STREAMS = streamsOf('shop');

/** As the other fake clock, for many timers: those of one moment run together. */
class Clockwork implements Clock {
  #now = 0;
  #id = 0;
  readonly #times: number[] = [];
  readonly #due = new Map<number, Map<number, () => void>>();
  readonly #places = new Map<number, number>();

  now(): number {
    return this.#now;
  }

  setTimer(callback: () => void, ms: number): number {
    this.#id += 1;
    const at = this.#now + Math.max(0, Math.ceil(ms));
    if (at === Infinity) return this.#id;
    let callbacks = this.#due.get(at);
    if (callbacks === undefined) {
      this.#due.set(at, (callbacks = new Map()));
      const place = this.#times.findLastIndex((each) => each > at);
      this.#times.splice(place + 1, 0, at);
    }
    callbacks.set(this.#id, callback);
    this.#places.set(this.#id, at);
    return this.#id;
  }

  clearTimer(timer: NodeJS.Timeout | number): void {
    const id = Number(timer);
    this.#due.get(this.#places.get(id) ?? -1)?.delete(id);
    this.#places.delete(id);
  }

  onceRead(callback: () => void): void {
    callback();
  }

  async runUntil(end: number): Promise<void> {
    await tick();
    for (let at = this.#times.at(-1) ?? Infinity; at <= end; at = this.#times.at(-1) ?? Infinity) {
      this.#times.pop();
      const callbacks = this.#due.get(at);
      this.#due.delete(at);
      this.#now = at;
      for (const [id, callback] of callbacks ?? []) {
        this.#places.delete(id);
        callback();
      }
      await tick();
    }
    this.#now = end;
  }
}

const clock = new Clockwork();

interface Taken {
  readonly entry: Entry;
  owner: string;
  at: number;
}

/** Streams with one group, as Redis has them. */
class Streams {
  #count = 0;
  readonly #new = new Map<string, Entry[]>([
    [STREAMS.urgent, []],
    [STREAMS.others, []],
  ]);
  readonly #taken = new Map<string, Map<string, Taken>>([
    [STREAMS.urgent, new Map()],
    [STREAMS.others, new Map()],
  ]);
  readonly #waiting = new Map<string, Set<() => void>>();

  add(stream: string, body: Uint8Array): void {
    this.#count += 1;
    this.#new.get(stream)?.push({ id: `${this.#count}-0`, body });
    for (const each of this.#waiting.get(stream) ?? []) each();
  }

  lengthOf(stream: string): number {
    return (this.#new.get(stream)?.length ?? 0) + (this.#taken.get(stream)?.size ?? 0);
  }

  as(owner: string): Queue {
    const take = (stream: string, entries: readonly Entry[]): readonly Entry[] => {
      for (const entry of entries) {
        this.#taken.get(stream)?.set(entry.id, { entry, owner, at: clock.now() });
      }
      return entries;
    };
    return {
      read: async (stream, count) => {
        const fresh = this.#new.get(stream) ?? [];
        if (fresh.length === 0) await this.#news(stream);
        return take(stream, fresh.splice(0, count));
      },
      claim: async (stream, count, idle) => {
        const old = [...(this.#taken.get(stream)?.values() ?? [])].filter(
          ({ at }) => clock.now() - at >= idle,
        );
        return take(
          stream,
          old.slice(0, count).map(({ entry }) => entry),
        );
      },
      keep: async (stream, ids) => {
        for (const id of ids) {
          const taken = this.#taken.get(stream)?.get(id);
          if (taken !== undefined) taken.at = clock.now();
        }
      },
      done: async (stream, ids) => {
        for (const id of ids) this.#taken.get(stream)?.delete(id);
      },
      length: async (stream) => this.lengthOf(stream),
      move: async (from, to, { id, body }) => {
        this.#taken.get(from)?.delete(id);
        this.add(to, body);
      },
    };
  }

  #news(stream: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(stream) ?? new Set();
      this.#waiting.set(stream, waiting);
      const end = (): void => {
        clock.clearTimer(timer);
        waiting.delete(end);
        resolve();
      };
      const timer = clock.setTimer(end, 1_000);
      waiting.add(end);
    });
  }
}

/** One project of ErrSight's. */
class Project {
  /** By their ids, when events were stored. */
  readonly stored = new Map<string, number>();
  /** When issues came up. */
  readonly issues = new Map<string, number>();
  refused = 0;
  #minute = -1;
  #used = 0;

  async take(body: Buffer): Promise<Outcome> {
    await new Promise<void>((resolve) => clock.setTimer(resolve, 50));
    const minute = Math.floor(clock.now() / MINUTE);
    if (minute !== this.#minute) [this.#minute, this.#used] = [minute, 0];
    const events = JSON.parse(body.toString()) as ErrsightEvent[];
    if (this.#used + events.length > LIMIT) {
      this.refused += 1;
      const retryAfterMs = Math.ceil(((minute + 1) * MINUTE - clock.now()) / 1_000) * 1_000;
      return { kind: 'rate_limited', limit: LIMIT, retryAfterMs };
    }
    this.#used += events.length;
    for (const { ingestion_id: id, metadata } of events) {
      if (!this.stored.has(id)) this.stored.set(id, clock.now());
      const issue = String(metadata.exception_frames?.[0]?.function);
      if (!this.issues.has(issue)) this.issues.set(issue, clock.now());
    }
    return { kind: 'accepted' };
  }
}

type Send = (body: Buffer) => Promise<Outcome>;

/** What is between an event and its being sent, as `Pipeline` has it. */
class Sending {
  readonly #groups = createGrouper();
  readonly batcher: Batcher;

  constructor(send: Send, rate?: Rate) {
    this.batcher = new Batcher({
      sender: { send, close: () => undefined },
      clock,
      ledger: new Ledger({ clock }),
      batchSize: 10,
      flushInterval: 2_000,
      maxQueueSize: 1_000_000,
      maxQueueBytes: 128 * 1_048_576,
      ...(rate !== undefined && { rate }),
    });
  }

  add(event: ErrsightEvent, receipts?: Receipts): void {
    const { group, isFirst } = this.#groups.of(event);
    const lane = laneOf(event.level, isFirst);
    const receipt = receipts?.next();
    this.batcher.add(Buffer.from(JSON.stringify(event)), { lane, repeats: group, receipt });
  }
}

let made = 0;

function eventOf(issue: string, level: ErrsightEvent['level'], process: number): ErrsightEvent {
  made += 1;
  const frame = { filename: 'src/shop.ts', function: issue, in_app: true };
  return {
    ingestion_id: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    level,
    message: `Error: ${issue} in ${process}`,
    occurred_at: new Date(clock.now()).toISOString(),
    environment: 'production',
    metadata: { exception_class: 'Error', exception_frames: [frame] },
    tags: {},
    breadcrumbs: [],
  };
}

t.test(
  'in a storm every fatal error and the first of each issue is stored within two minutes',
  async (t) => {
    t.setTimeout(600_000);
    const streams = new Streams();
    const project = new Project();
    const relays = ['one', 'two'].map((name) => {
      const sending = new Sending((body) => project.take(body), new Rate(() => clock.now()));
      const relay = new Relay({
        queue: streams.as(name),
        streams: STREAMS,
        clock,
        sort: createSorter(),
        say: (text) => t.fail(text),
        losses: () => 'none',
        send(body) {
          const receipts = new Receipts(clock);
          const events = JSON.parse(Buffer.from(body).toString()) as ErrsightEvent[];
          for (const event of events) sending.add(event, receipts);
          sending.batcher.hurry();
          return receipts.settled(Infinity);
        },
      });
      void relay.run();
      return relay;
    });

    /** When they came up. */
    const fatal = new Map<string, number>();
    const issues = new Map<string, number>();
    const processes = Array.from({ length: PROCESSES }, () => {
      const sort = createSorter();
      // As `errsight/redis` does.
      return new Sending(async (body) => {
        const { urgent, others } = sort(body);
        if (urgent !== undefined) streams.add(STREAMS.urgent, urgent);
        if (others !== undefined) streams.add(STREAMS.others, others);
        return { kind: 'accepted' };
      });
    });
    const log = (process: number, issue: string, level: 'error' | 'fatal'): void => {
      const event = eventOf(issue, level, process);
      if (!issues.has(issue)) issues.set(issue, clock.now());
      if (level === 'fatal') fatal.set(event.ingestion_id, clock.now());
      processes[process]?.add(event);
    };

    // The storm: the same issue everywhere, again and again.
    for (let process = 0; process < PROCESSES; process += 1) {
      const again = (): void => {
        log(process, 'storm', 'error');
        if (clock.now() < STORM) clock.setTimer(again, EACH);
      };
      clock.setTimer(again, (process * 7) % EACH);
    }
    // Meanwhile: issues that come up somewhere and then in 50 processes, and processes that crash.
    for (let issue = 0; issue < 20; issue += 1) {
      for (let time = 0; time < 50; time += 1) {
        const process = (issue * 97 + time * 31) % PROCESSES;
        clock.setTimer(
          () => log(process, `issue ${issue}`, 'error'),
          2_000 + issue * 5_500 + time * 40,
        );
      }
      clock.setTimer(() => log(issue * 61, 'crash', 'fatal'), 3_000 + issue * 5_700);
    }

    await clock.runUntil(STORM + WITHIN);
    t.strictSame([fatal.size, issues.size], [20, 22], 'the crashes; the storm and the issues');
    let slowest = 0;
    for (const [came, arrived] of [
      [fatal, project.stored],
      [issues, project.issues],
    ] as const) {
      for (const [what, at] of came) {
        const took = (arrived.get(what) ?? Infinity) - at;
        slowest = Math.max(slowest, took);
        t.ok(took <= WITHIN, `${what} of ${at} ms was stored after ${took} ms`);
      }
    }
    const { size } = project.stored;
    t.comment(`${made} events, ${size} stored, ${project.refused} requests refused`);
    t.comment(`the slowest of the important took ${slowest} ms`);
    t.comment(
      `${streams.lengthOf(STREAMS.urgent)} urgent entries wait, ${streams.lengthOf(STREAMS.others)} others`,
    );
    t.ok(size >= 3.5 * LIMIT, 'the room of the project is used');
    t.ok(streams.lengthOf(STREAMS.urgent) < 100, 'repeats do not stand before what is urgent');
    for (const relay of relays) relay.stop();
  },
);
