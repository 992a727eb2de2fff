import type { ServerResponse } from 'node:http';
import { railsAnswer, send } from './answer.ts';
import { RateLimit } from './rate-limit.ts';
import type { BadDayKind, Status } from './shapes.ts';

/** Events a minute while the rate is limited. */
const LIMIT = 5;
/** A bad day ends by itself after at most this long, in seconds. */
const MAX_SECONDS = 3600;

const KINDS: ReadonlySet<string> = new Set(['key', 'limit', 'pause', 'errors', 'silence']);

/** The real server's bad days, played for a chosen time. */
export class BadDays {
  readonly #onChange: () => void;
  #current: Status['badDay'] = null;
  #timer: NodeJS.Timeout | undefined;
  #limit: RateLimit | undefined;
  /** Answers that are held back. */
  readonly #held = new Set<ServerResponse>();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get current(): Status['badDay'] {
    return this.#current;
  }

  /** The limit that replaces the project's own, if there is one. */
  get limit(): RateLimit | undefined {
    return this.#limit;
  }

  is(kind: BadDayKind): boolean {
    return this.#current?.kind === kind;
  }

  /**
   * Begins a bad day of this kind, or ends it if there is no such kind. Returns whether this was
   * understood.
   */
  play(kind: unknown, seconds: unknown, now: number): boolean {
    if (kind === null) {
      this.end();
      return true;
    }
    const isTime = typeof seconds === 'number' && seconds > 0 && seconds <= MAX_SECONDS;
    if (typeof kind !== 'string' || !KINDS.has(kind) || !isTime) return false;
    this.end();
    this.#current = { kind: kind as BadDayKind, until: now + seconds * 1000 };
    this.#limit = kind === 'limit' ? new RateLimit(LIMIT) : undefined;
    this.#timer = setTimeout(() => this.end(), seconds * 1000);
    this.#timer.unref();
    this.#onChange();
    return true;
  }

  end(): void {
    clearTimeout(this.#timer);
    for (const response of this.#held) response.destroy();
    this.#held.clear();
    this.#limit = undefined;
    if (this.#current === null) return;
    this.#current = null;
    this.#onChange();
  }

  /** Answers a request as the bad day demands, if that needs nothing of the server. */
  answers(response: ServerResponse, accept: string | undefined): boolean {
    if (this.is('errors')) {
      send(response, railsAnswer(500, accept));
      return true;
    }
    if (!this.is('silence')) return false;
    this.#held.add(response);
    response.once('close', () => this.#held.delete(response));
    return true;
  }
}
