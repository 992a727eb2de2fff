/** ErrSight's own window, in milliseconds: a minute, aligned to the UTC minute. */
const DEFAULT_WINDOW_MS = 60_000;

/** The limiter's answer for one request. */
export type RateDecision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** Events per window, as `X-RateLimit-Limit` says it. */
      readonly limit: number;
      /** Whole seconds until the next window, at least 1, as `Retry-After` says it. */
      readonly retryAfter: number;
    };

/**
 * ErrSight's rate limit: fixed windows, counted in events, all or nothing for each request. A
 * refused request uses nothing up, so a smaller one may still pass in the same window, and one
 * with more events than the limit never passes.
 */
export class RateLimit {
  /** Events per window; 0 means unlimited. */
  limit: number;
  readonly #windowMs: number;
  #window = Number.NEGATIVE_INFINITY;
  #used = 0;

  constructor(limit: number, windowMs: number = DEFAULT_WINDOW_MS) {
    this.limit = limit;
    this.#windowMs = windowMs;
  }

  /** Takes `events` out of the current window's allowance, or refuses them all. */
  take(events: number, now: number): RateDecision {
    if (this.limit <= 0) return { allowed: true };
    const window = Math.floor(now / this.#windowMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#used = 0;
    }
    if (this.#used + events <= this.limit) {
      this.#used += events;
      return { allowed: true };
    }
    const left = (window + 1) * this.#windowMs - now;
    return { allowed: false, limit: this.limit, retryAfter: Math.max(1, Math.ceil(left / 1000)) };
  }

  reset(): void {
    this.#window = Number.NEGATIVE_INFINITY;
    this.#used = 0;
  }
}
