import { createDenylist, type Denies, type DenylistOptions } from './denylist.ts';
import { cut, FILTERED, ownCopy, wellFormed } from './text.ts';
import { Walk, type Json, type WalkBudget } from './walk.ts';

// All bounded, so that no input costs more than one pass.
const USER_INFO = /:\/\/[^\s/?"'<>]{1,1024}@/g;
const PAIR = /(^|[?&;#\s])([^=&;?#\s"'<>]{1,200})=([^&;#\s"'<>]+)/g;
const JSON_PAIR = /"([^"\\]{1,200})"\s{0,9}:\s{0,9}("(?:[^"\\]|\\.)*"|-?\d+)/g;
/** As Node keeps a request it has sent, which an HTTP client's error carries along. */
const HEADER_LINE = /(\r\n)([\w-]{1,100}):[ \t]*[^\r\n]+/g;
const BEARER = /\b(Bearer|Basic) [\w.~+/=-]{16,}/gi;

/** UTF-16 units; longer than the longest user info that USER_INFO looks for. */
const CUT_MARGIN = 2_048;

export interface ScrubOptions extends DenylistOptions {
  /** Replaced wherever it turns up. */
  readonly apiKey: string | undefined;
}

/** Turns anything into bounded JSON without secrets. Never throws. */
export interface Scrubber {
  /** One walk: makes `value` safe for JSON and removes what must not leave. */
  value(value: unknown, budget?: WalkBudget): Json;
  /** The same for a text, of which at most `max` UTF-16 units are kept. */
  text(text: string, max: number): string;
  /** Whether values under this key must not leave. */
  readonly denies: Denies;
}

export function createScrubber(options: ScrubOptions): Scrubber {
  const denies = createDenylist(options);

  function text(input: string, max: number): string {
    // Cut before scrubbing, so that the work is bounded by what is kept; with a margin, so that a
    // secret that the final cut would halve is still seen whole.
    let result = wellFormed(input.length > max ? ownCopy(input.slice(0, max + CUT_MARGIN)) : input);
    if (options.apiKey !== undefined) result = result.replaceAll(options.apiKey, FILTERED);
    if (result.includes('://')) result = result.replace(USER_INFO, `://${FILTERED}@`);
    if (result.includes('=')) {
      result = result.replace(PAIR, (pair, sign: string, name: string) =>
        denies(decoded(name)) ? `${sign}${name}=${FILTERED}` : pair,
      );
    }
    if (result.includes('":')) {
      result = result.replace(JSON_PAIR, (pair, name: string) =>
        denies(name) ? `"${name}":"${FILTERED}"` : pair,
      );
    }
    if (result.includes('\r\n')) {
      result = result.replace(HEADER_LINE, (line, start: string, name: string) =>
        denies(name) ? `${start}${name}: ${FILTERED}` : line,
      );
    }
    return cut(result.replace(BEARER, `$1 ${FILTERED}`), max);
  }

  return {
    denies,
    text,
    value: (value, budget) => new Walk({ denies, text }, budget).visit(value, 0),
  };
}

function decoded(name: string): string {
  try {
    return name.includes('%') ? decodeURIComponent(name) : name;
  } catch {
    return name;
  }
}
