import { createJudge, type Judge, type NameOptions, type Verdict } from './names.ts';
import { createLru, type Lru } from '../../lib/lru.ts';
import { remembering } from '../../lib/remember.ts';
import { cut, FILTERED, ownCopy, wellFormed } from '../../lib/text.ts';
import { withoutJsonPairs, withoutPairs } from './text-pairs.ts';
import { safeKey, Walk, WALK_LIMITS, type Json, type WalkBudget } from './plain-copy.ts';

// All bounded, so that no input costs more than one pass.
const USER_INFO = /:\/\/[^\s/?"'<>]{1,1024}@/g;
/** As Node keeps a request it has sent, which an HTTP client's error carries along. */
const HEADER_LINE = /(\r\n)([\w-]{1,100}):[ \t]*[^\r\n]+/g;
/** The same as JSON writes it, however often. */
const ESCAPED_HEADER =
  /(\\{1,15}r\\{1,15}n)([\w-]{1,100}):[ \t]*(?:\\{1,15}"|(?!\\{1,15}[rn])[^"\r\n])+/g;
/** A header in a text of any other form: only those that no sentence begins with. */
const LONE_HEADER =
  /(^|\n)((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{1,100}):[ \t]*[^\r\n]+/gi;
const BEARER = /\b(Bearer|Basic) [\w.~+/=-]{16,}/gi;
/** What it begins with: to find out that there is none takes a third of the time. */
const BEARER_BEGINS = /\b(?:bearer|basic) /i;

/** The caller's address in front of a line of an access log, as morgan, Apache and nginx write it. */
const CALLER =
  /^[\da-f.:]{2,45}(?= \S{1,200} (?:\S{1,200} \[[^\]\n]{1,100}\] "|[A-Z-]{1,20} \S{1,8000} HTTP\/))/gim;

/** What can hold nothing of all that, nor a character that harms: names, codes, hosts, short paths. */
const PLAIN = /^[\w./-]*$/;

/** A secret that the end of a slice may have halved. */
const HALVED = /(:\/\/|\b(?:Bearer|Basic) )[^\s/?"'<>]{1,1024}$/i;

/** UTF-16 units; longer than the longest user info that USER_INFO looks for. */
const CUT_MARGIN = 2_048;

export interface ScrubOptions extends NameOptions {
  /** Replaced wherever it turns up. */
  readonly apiKey: string | undefined;
}

/** Turns anything into bounded JSON without secrets. Never throws. */
export interface Scrubber {
  /** One walk: makes `value` safe for JSON and removes what must not leave. */
  value(value: unknown, budget?: WalkBudget): Json;
  /** The same for a text, of which at most `max` UTF-16 units are kept. */
  text(text: string, max: number): string;
  /** The same as `text`, for what comes again with each event, as source lines do: it is remembered. */
  line(text: string, max: number): string;
  /** The same for the key of a field, and what is to become of its value. */
  key(name: string): ScrubbedKey;
  /** What may become of values under this name. */
  readonly judge: Judge;
}

/** A key that may leave. */
export interface ScrubbedKey {
  readonly name: string;
  /** Whether what is under it may as well. */
  readonly verdict: Verdict;
}

/** UTF-16 units of a line that is remembered. */
const MAX_LINE = 1_000;
/** Lines that are remembered, and their UTF-16 units: an event has some hundred. */
const LINES = {
  maxEntries: 2_000,
  maxWeight: 500_000,
  weigh: (line: string): number => line.length,
};

export function createScrubber(options: ScrubOptions): Scrubber {
  const judge = createJudge(options);
  const denies = (name: string): boolean => judge(name) !== 'open';

  function text(input: string, max: number): string {
    if (input.length <= max && PLAIN.test(input)) return withoutApiKey(input);
    // Cut before scrubbing, so that the work is bounded by what is kept; with a margin, so that a
    // secret that the final cut would halve is still seen whole.
    const isSliced = input.length > max + CUT_MARGIN;
    let result = wellFormed(input.length > max ? ownCopy(input.slice(0, max + CUT_MARGIN)) : input);
    result = withoutApiKey(result);
    // What is filtered in front of it can bring the end of the slice within `max`.
    if (isSliced) result = withoutHalves(result, options.apiKey);
    if (result.includes('://')) result = result.replace(USER_INFO, `://${FILTERED}@`);
    if (result.includes('":') || result.includes('" ')) result = withoutJsonPairs(result, denies);
    if (result.includes('=')) result = withoutPairs(result, denies);
    if (result.includes(':')) {
      const filter = (header: string, start: string, name: string): string =>
        denies(name) ? `${start}${name}: ${FILTERED}` : header;
      if (result.includes('\r\n')) result = result.replace(HEADER_LINE, filter);
      if (result.includes('\\r')) result = result.replace(ESCAPED_HEADER, filter);
      result = result.replace(LONE_HEADER, filter);
    }
    if (result.includes(' HTTP/') && denies('ip')) result = result.replace(CALLER, FILTERED);
    if (BEARER_BEGINS.test(result)) result = result.replace(BEARER, `$1 ${FILTERED}`);
    return cut(result, max);
  }

  function withoutApiKey(input: string): string {
    const { apiKey } = options;
    if (apiKey === undefined || !input.includes(apiKey)) return input;
    return input.replaceAll(apiKey, FILTERED);
  }

  const key = remembering<ScrubbedKey>(
    (name) => ({ name: safeKey(text(name, WALK_LIMITS.key)), verdict: judge(name) }),
    { maxEntries: 1_000, maxLength: WALK_LIMITS.key },
  );

  /** By the length that they are cut to, of which there are two. */
  const remembered = new Map<number, Lru<string>>();

  function line(input: string, max: number): string {
    if (input.length > MAX_LINE) return text(input, max);
    let lines = remembered.get(max);
    if (lines === undefined) remembered.set(max, (lines = createLru(LINES)));
    const known = lines.get(input);
    if (known !== undefined) return known;
    const scrubbed = text(input, max);
    lines.set(input, scrubbed);
    return scrubbed;
  }

  return {
    judge,
    text,
    line,
    key,
    value: (value, budget) => new Walk({ judge, key, text }, budget).run(value),
  };
}

function withoutHalves(text: string, apiKey: string | undefined): string {
  let end = text.length;
  if (apiKey !== undefined) {
    const longest = Math.min(apiKey.length - 1, text.length);
    for (let half = longest; half > 0 && end === text.length; half -= 1) {
      if (text.endsWith(apiKey.slice(0, half))) end -= half;
    }
  }
  return text.slice(0, end).replace(HALVED, `$1${FILTERED}`);
}
