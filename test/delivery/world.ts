import assert from 'node:assert/strict';
import { Batcher } from '../../src/delivery/batcher.ts';
import type { Item } from '../../src/delivery/item.ts';
import { isRepeat, type Lane } from '../../src/delivery/lanes.ts';
import { type Fate, Ledger } from '../../src/delivery/ledger.ts';
import { type Outcome, outcomeOf } from '../../src/delivery/outcome.ts';
import { Rate, reserveOf } from '../../src/delivery/rate.ts';
import { eventLine, parseLine } from '../../src/delivery/spool/line.ts';
import type { Spool, SpoolHandle } from '../../src/delivery/spool/spool.ts';
import type { Timer } from '../../src/lib/clock.ts';
import { FakeClock } from '../helpers/clock.ts';

const MINUTE = 60_000;

/** What stands between a request and its being stored. */
export type Weather =
  | 'fine'
  | 'down'
  | 'stored, but no answer'
  | 'no answer'
  | 'cut off'
  | 'paused'
  | 'key refused'
  | '500'
  | 'gateway 400'
  | 'gateway 403'
  | 'gateway 413'
  | 'gateway 422';

/** What is special about an event. */
export type Nature = 'plain' | 'unreadable' | 'disliked';

export interface WorldOptions {
  readonly hasSpool: boolean;
  /** How many events the disk holds; Infinity if it is never full. */
  readonly diskSize: number;
  /** Whether ErrSight knows the ids of what it has. */
  readonly knowsIds: boolean;
  /** Events a minute; Infinity for no limit. */
  readonly limit: number;
  readonly maxQueueSize: number;
  readonly latency: number;
}

interface Known {
  readonly n: number;
  readonly lane: Lane;
  readonly nature: Nature;
  /** When it was added: ms of the world. */
  readonly at: number;
  /** How often ErrSight has stored it. */
  stored: number;
  /** How often it may be stored once more, since nobody here heard of an answer. */
  unheard: number;
  /** The fate that was told, if one was. */
  fate: Fate | undefined;
  /** Whether it died with a process that had it in memory only. */
  died: boolean;
  /** Whether it was refused alone before, so that others may go first. */
  refused: boolean;
}

/** A handle that can give way. */
interface Handle extends SpoolHandle {
  isGone: boolean;
}

/** ms between two signs of life of a spool. */
const BEAT = 20_000;

/** A disk that outlives processes. Its lines are the ones that real spools write. */
class Disk {
  lines: Buffer[] = [];
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get isFull(): boolean {
    return this.lines.length >= this.#size;
  }

  /** The numbers of the events that lie here. */
  get numbers(): ReadonlySet<number> {
    return new Set(this.lines.map((line) => numberOf(jsonOf(line))));
  }

  open(now: () => number, clock: FakeClock, found: (numbers: number[]) => void): Spool {
    const handles = new Map<Handle, Buffer>();
    let timer: Timer | undefined;
    const beat = (onBeat: () => void): void => {
      timer = clock.setTimer(() => {
        beat(onBeat);
        onBeat();
      }, BEAT);
    };
    const remove = (gone: readonly SpoolHandle[]): void => {
      const lines = new Set(gone.map((handle) => handles.get(handle as Handle)));
      this.lines = this.lines.filter((line) => !lines.has(line));
      for (const handle of gone) {
        (handle as Handle).isGone = true;
        handles.delete(handle);
      }
    };
    let hasEnded = false;
    let seq = 0;
    const old = this.lines;
    return {
      append: (lane, bytes) => {
        const line = eventLine({ seq: ++seq, lane, at: now() }, bytes);
        if (line === undefined || hasEnded || this.isFull) return undefined;
        this.lines = [...this.lines, line];
        const handle = { lane, at: now(), bytes: bytes.length, isGone: false };
        handles.set(handle, line);
        return handle;
      },
      makeRoom: (lane) => {
        if (hasEnded || !this.isFull) return [];
        const [least] = [...handles].toSorted(([a], [b]) => b.lane - a.lane || b.at - a.at);
        if (least === undefined || least[0].lane <= lane) return [];
        const [handle, line] = least;
        remove([handle]);
        return [{ handle, bytes: jsonOf(line) }];
      },
      forget: remove,
      read(handle) {
        const line = handles.get(handle);
        return line === undefined ? 'unreadable' : jsonOf(line);
      },
      start(onFound, onBeat) {
        if (onBeat !== undefined) beat(onBeat);
        void Promise.resolve().then(() => {
          if (hasEnded || old.length === 0) return;
          const list = old.map((line) => {
            const parsed = parseLine(line.subarray(0, -1));
            if (parsed?.kind !== 'event') throw new Error(`not a line: ${line.toString()}`);
            const { lane, at } = parsed;
            const handle = { lane, at, bytes: jsonOf(line).length, isGone: false };
            handles.set(handle, line);
            return handle;
          });
          found(old.map((line) => numberOf(jsonOf(line))));
          onFound({ handles: list, now: now() });
        });
      },
      close() {
        hasEnded = true;
        if (timer !== undefined) clock.clearTimer(timer);
        return handles.size;
      },
      leave: (lane, bytes) => {
        const line = eventLine({ seq: ++seq, lane, at: now() }, bytes);
        if (line === undefined || this.isFull) return false;
        this.lines = [...this.lines, line];
        return true;
      },
    };
  }
}

function jsonOf(line: Buffer): Buffer {
  return line.subarray(line.indexOf('{'), -1);
}

function numberOf(json: Buffer): number {
  return (JSON.parse(json.toString()) as { n: number }).n;
}

interface Process {
  readonly clock: FakeClock;
  readonly ledger: Ledger;
  readonly batcher: Batcher;
  /** What waits here by what we know, in flight or not. */
  readonly waiting: Set<Known>;
  readonly startedAt: number;
  /** The number of the API key that it was started with. */
  readonly key: number;
  isClosing: boolean;
  accepted: number;
}

/** One application that is killed and started again, its disk, and ErrSight behind all weathers. */
export class World {
  weather: Weather = 'fine';
  limit: number;
  dislikes = true;
  readonly events: Known[] = [];
  /** Times of requests that ErrSight did not take. */
  readonly failed: number[] = [];
  /** The first thing that was not as it has to be. */
  #wrong: unknown;
  /** What the last request held, whether or not it is answered. */
  #flying: ReadonlySet<Known> = new Set();
  readonly #options: WorldOptions;
  readonly #disk: Disk;
  /** The number of the API key that ErrSight knows. */
  #key = 1;
  #wallOffset = 1_700_000_000_000;
  /** ms that passed in the lives of the processes before. */
  #past = 0;
  #process: Process;
  #minute = { index: -1, used: 0, isUnclear: false };
  /** The limit that the process was told, and when. */
  #told: { readonly limit: number; readonly at: number } | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#disk = new Disk(options.diskSize);
    this.limit = options.limit;
    this.#process = this.#start();
  }

  /** ms of the world. */
  get now(): number {
    return this.#past + this.#process.clock.now() - this.#process.startedAt;
  }

  get ledger(): Ledger {
    return this.#process.ledger;
  }

  add(lane: Lane, nature: Nature): void {
    const n = this.events.length;
    const event: Known = {
      n,
      lane,
      nature,
      at: this.now,
      stored: 0,
      unheard: 0,
      fate: undefined,
      died: false,
      refused: false,
    };
    this.events.push(event);
    const { batcher, waiting } = this.#process;
    waiting.add(event);
    this.#process.accepted++;
    batcher.add(Buffer.from(JSON.stringify({ n })), { lane });
    this.check();
  }

  async advance(ms: number): Promise<void> {
    await this.#process.clock.advance(ms);
    this.check();
  }

  /** The clock on the wall is put forward or back. */
  jump(ms: number): void {
    this.#wallOffset += ms;
  }

  /** ErrSight knows a new key only. Processes that start from now on have it. */
  rotateKey(): void {
    this.#key += 1;
  }

  /** Checks that a flush ends in time, and that its yes is true. */
  flush(ms: number): void {
    const process = this.#process;
    const due = this.now + ms;
    const covered = [...process.waiting];
    void process.batcher.flush(ms).then((delivered) => {
      if (this.#process !== process) return;
      this.#judge(() => {
        assert.ok(this.now <= due, 'a flush ends in time');
        if (!delivered) return;
        for (const event of covered) assert.ok(event.stored > 0, `${event.n} was said to be there`);
      });
    });
  }

  /** SIGKILL, and a new process. */
  async kill(): Promise<void> {
    const { numbers, isFull } = this.#disk;
    for (const event of this.#process.waiting) {
      // Nobody hears the answer to what was in flight.
      event.unheard += 1;
      if (this.#options.hasSpool && numbers.has(event.n)) continue;
      event.died = true;
      if (!this.#options.hasSpool) continue;
      assert.ok(isFull, `${event.n} was not on the disk, which has room`);
      if (this.#flying.has(event)) continue;
      for (const other of this.#process.waiting) {
        const isSaved = numbers.has(other.n) && !this.#flying.has(other);
        assert.ok(!isSaved || other.lane <= event.lane, 'the least important has no room');
      }
    }
    await this.#restart();
  }

  /** An orderly end, and a new process. */
  async restart(ms: number): Promise<void> {
    const process = this.#process;
    process.isClosing = true;
    for (const event of process.waiting) event.unheard += 1;
    const left = new Set(process.waiting);
    const box: { delivered?: boolean } = {};
    void process.batcher.close(ms).then((delivered) => (box.delivered = delivered));
    await process.clock.advance(ms);
    await process.clock.advance(0);
    assert.ok(box.delivered !== undefined, 'close ends in time');
    this.check();
    assert.equal(process.ledger.open, 0, 'all has a fate');
    if (box.delivered) for (const event of left) assert.ok(event.stored > 0);
    assert.ok(process.clock.pending <= 1, 'no timer is left but that of an answer');
    await this.#restart();
  }

  async #restart(): Promise<void> {
    this.#past = this.now;
    this.#told = undefined;
    this.#process = this.#start();
    await this.advance(0);
  }

  #start(): Process {
    const { hasSpool, maxQueueSize } = this.#options;
    const clock = new FakeClock();
    const waiting = new Set<Known>();
    const startedAt = clock.now();
    const past = this.#past;
    const wall = (): number => this.#wallOffset + past + clock.now() - startedAt;
    const onSettled = (items: readonly Item[], fate: Fate): void =>
      this.#judge(() => this.#settled(items, fate));
    const ledger = new Ledger({ clock, onSettled });
    const spool = hasSpool
      ? this.#disk.open(wall, clock, (numbers) => {
          process.accepted += numbers.length;
          for (const n of numbers) {
            const event = this.events[n];
            const isOpen = event?.fate === undefined || event.fate === 'left';
            this.#judge(() => assert.ok(isOpen, `${n} is over, and comes back from the disk`));
            if (event === undefined) continue;
            event.fate = undefined;
            waiting.add(event);
          }
        })
      : undefined;
    const batcher = new Batcher({
      sender: {
        send: (body, count, _signal, resent = 0) => this.#send(body, count, resent, process),
        close: () => undefined,
      },
      clock,
      ledger,
      spool,
      batchSize: 10,
      flushInterval: 2_000,
      maxQueueSize,
      maxQueueBytes: 1_000_000,
      random: () => 0.5,
      rate: new Rate(() => this.now),
    });
    const process: Process = {
      clock,
      ledger,
      batcher,
      waiting,
      startedAt,
      key: this.#key,
      isClosing: false,
      accepted: 0,
    };
    return process;
  }

  /** Every fate is told once, and is the right one. */
  #settled(items: readonly Item[], fate: Fate): void {
    for (const { bytes, handle } of items) {
      // What lies on the disk only has no bytes here: it is left.
      if (bytes.length === 0) {
        assert.equal(fate, 'left');
        continue;
      }
      const event = this.events[numberOf(bytes)];
      assert.ok(event);
      assert.equal(event.fate, undefined, `${event.n} has a second fate`);
      event.fate = fate;
      this.#process.waiting.delete(event);
      if (fate === 'delivered') assert.ok(event.stored > 0, 'what is delivered is there');
      else if (fate === 'rejected') assert.equal(event.nature, 'unreadable');
      else if (fate === 'left') assert.ok(handle);
      else {
        assert.ok(fate === 'queue_full' || fate === 'shutdown', fate);
        const isBounded = this.#options.diskSize < Infinity;
        assert.ok(!this.#options.hasSpool || isBounded, `${fate}, though it could lie on the disk`);
      }
      if (fate === 'queue_full') {
        const { queued } = this.#process.batcher;
        assert.ok(queued >= this.#options.maxQueueSize, 'nothing gives way while there is room');
        for (const waits of this.#process.waiting) {
          if (this.#flying.has(waits) || waits.refused) continue;
          assert.ok(waits.lane <= event.lane, 'the least important gives way');
        }
      }
    }
  }

  async #send(body: Buffer, count: number, resent: number, process: Process): Promise<Outcome> {
    // A process that was killed sends nothing more, and hears nothing.
    if (this.#process !== process) return new Promise(() => undefined);
    const sent = (JSON.parse(body.toString()) as { n: number }[]).map(({ n }) => {
      const event = this.events[n];
      assert.ok(event);
      return event;
    });
    this.#judge(() => {
      assert.equal(sent.length, count);
      this.#judgeOrder(sent, process);
      this.#judgeRate(sent, process);
    });
    this.#flying = new Set(sent);
    const answer = this.#answer(sent, process);
    if (answer.kind !== 'accepted') {
      this.failed.push(this.now);
      if (sent.length === 1 && sent[0] !== undefined) sent[0].refused = true;
    } else assert.ok(resent <= count);
    await new Promise<void>((resolve) => {
      process.clock.setTimer(resolve, this.#options.latency);
    });
    return typeof answer.status === 'number'
      ? outcomeOf(
          { status: answer.status, headers: answer.headers, body: answer.body },
          { count, resent },
        )
      : answer.outcome;
  }

  /** The most important goes first; of equals the oldest. */
  #judgeOrder(sent: readonly Known[], { waiting }: Process): void {
    const lanes = sent.map(({ lane }) => lane);
    const byLane = lanes.toSorted((a, b) => a - b);
    if (sent.length > 1) assert.deepEqual(lanes, byLane, 'sent by lane');
    const flying = new Set(sent);
    for (const waits of waiting) {
      if (flying.has(waits) || waits.refused) continue;
      for (const event of sent) {
        if (event.refused) continue;
        // What repeats leave is for what is new.
        if (isRepeat(waits.lane) && !isRepeat(event.lane)) continue;
        const isBehind =
          waits.lane < event.lane || (waits.lane === event.lane && waits.at < event.at);
        // A clock on the wall that went back makes what lay on the disk look younger.
        if (waits.lane === event.lane && this.hasJumped) continue;
        assert.ok(!isBehind, `${waits.n} of lane ${waits.lane} waits behind ${event.n}`);
      }
    }
  }

  /** Whether the clock on the wall was ever wrong. */
  hasJumped = false;

  /** No request is made that must be refused, and repeats leave a tenth. */
  #judgeRate(sent: readonly Known[], process: Process): void {
    this.#enterMinute();
    const told = this.#told;
    if (told === undefined || told.limit !== this.limit || this.now - told.at > 9 * MINUTE) return;
    assert.ok(sent.length <= told.limit, 'more than the limit in one request');
    const isSure = !this.#minute.isUnclear && this.#minute.index > Math.floor(told.at / MINUTE);
    if (process.isClosing || !isSure || this.weather !== 'fine') return;
    if (!sent.some(({ lane }) => isRepeat(lane))) return;
    const places = told.limit - reserveOf(told.limit);
    assert.ok(this.#minute.used + sent.length <= places, 'repeats leave a tenth');
  }

  #enterMinute(): void {
    const index = Math.floor(this.now / MINUTE);
    if (index !== this.#minute.index) this.#minute = { index, used: 0, isUnclear: false };
  }

  #answer(sent: readonly Known[], { key }: Process): AnswerInTheWorld {
    const page = { headers: {}, body: '<html>', kind: 'refused' as const };
    const isUp = this.weather === 'fine' || this.weather === 'stored, but no answer';
    switch (isUp && key !== this.#key ? 'key refused' : this.weather) {
      case 'down':
        return { kind: 'failed', outcome: { kind: 'retry', reason: 'ECONNREFUSED' } };
      case 'no answer':
        return { kind: 'failed', outcome: { kind: 'retry', reason: 'late', timedOut: true } };
      case 'cut off':
        return { kind: 'failed', outcome: { kind: 'retry', reason: 'ECONNRESET', cutOff: true } };
      case '500':
        return { ...page, status: 500 };
      case 'gateway 400':
        return { ...page, status: 400, body: '{"error":"no"}' };
      case 'gateway 403':
        return { ...page, status: 403 };
      case 'gateway 413':
        return { ...page, status: 413 };
      case 'gateway 422':
        return { ...page, status: 422 };
      case 'key refused':
        return { ...page, status: 401, body: '{"error":"unknown key"}' };
      case 'paused':
        return { ...page, status: 429, body: '{"error":"x","code":"INGESTION_PAUSED"}' };
      case 'stored, but no answer':
      case 'fine':
        break;
    }
    if (this.dislikes && sent.some(({ nature }) => nature === 'disliked')) {
      return { ...page, status: 403 };
    }
    if (sent.some(({ nature }) => nature === 'unreadable')) {
      return { ...page, status: 400, body: '{"error":"no","code":"INVALID_JSON"}' };
    }
    this.#enterMinute();
    if (this.#minute.used + sent.length > this.limit) {
      this.#told = { limit: this.limit, at: this.now };
      const wait = Math.ceil((MINUTE - (this.now % MINUTE)) / 1_000);
      return {
        kind: 'refused',
        status: 429,
        headers: { 'retry-after': `${wait}`, 'x-ratelimit-limit': `${this.limit}` },
        body: '{"error":"x","code":"RATE_LIMIT_EXCEEDED"}',
      };
    }
    const fresh = sent.filter(({ stored }) => !this.#options.knowsIds || stored === 0);
    this.#minute.used += sent.length;
    // A client takes a minute to begin up to a second late, and counts what it hears of.
    if (this.now % MINUTE < 3_000) this.#minute.isUnclear = true;
    for (const event of fresh) event.stored += 1;
    if (this.weather === 'stored, but no answer') {
      for (const event of sent) event.unheard += 1;
      this.#minute.isUnclear = true;
      return { kind: 'failed', outcome: { kind: 'retry', reason: 'no answer', timedOut: true } };
    }
    const body = JSON.stringify({ status: 'accepted', queued: fresh.length });
    return { kind: 'accepted', status: 202, headers: {}, body };
  }

  /** Keeps what is wrong for `check`: nothing may throw into a batcher. */
  #judge(judge: () => void): void {
    try {
      judge();
    } catch (error) {
      this.#wrong ??= error;
    }
  }

  /** What always holds. */
  check(): void {
    if (this.#wrong !== undefined) throw this.#wrong;
    const { batcher, ledger, accepted } = this.#process;
    const lost = Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0);
    const { queued, inFlight, spooled } = batcher;
    assert.equal(ledger.accepted, accepted, 'accepted is what came');
    assert.equal(accepted, queued + inFlight + spooled + ledger.delivered + lost, 'stats add up');
    assert.ok(queued <= this.#options.maxQueueSize, 'the bound holds');
    for (const { n, stored, unheard } of this.events) {
      assert.ok(stored <= 1 + unheard, `${n} is there ${stored} times`);
    }
  }

  /** All becomes well, and stays so until nothing waits. */
  async end(): Promise<void> {
    this.weather = 'fine';
    this.limit = Infinity;
    this.dislikes = false;
    // A process with an old key sends nothing. What it leaves the next one sends.
    if (this.#process.key !== this.#key) await this.restart(0);
    for (let hours = 0; hours < 6 && this.ledger.open > 0; hours++) await this.advance(60 * MINUTE);
    assert.equal(this.ledger.open, 0, 'nothing waits for ever');
    for (const { n, nature, stored, fate, died } of this.events) {
      const isLost = fate === 'queue_full' || fate === 'shutdown' || fate === 'rejected' || died;
      assert.ok(stored > 0 || isLost, `${n} is nowhere, and nobody heard of it`);
      if (nature === 'unreadable') assert.equal(stored, 0);
    }
    // Any minute in which nothing but failures came: whatever the weather was.
    let from = 0;
    for (const [index, at] of this.failed.entries()) {
      while ((this.failed[from] ?? at) < at - MINUTE) from++;
      const most = 90 + 20 * this.events.filter(({ nature }) => nature !== 'plain').length;
      assert.ok(index - from < most, `${index - from} requests in vain within a minute`);
    }
  }
}

type AnswerInTheWorld =
  | {
      readonly kind: 'accepted' | 'refused';
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: string;
    }
  | { readonly kind: 'failed'; readonly status?: undefined; readonly outcome: Outcome };
