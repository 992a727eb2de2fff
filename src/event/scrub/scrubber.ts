import { createJudge, type Judge, type NameOptions, type Verdict } from './names.ts';
import { createLru, type Lru } from '../../lib/lru.ts';
import { remembering } from '../../lib/remember.ts';
import { cut, ownCopy, wellFormed } from '../../lib/text.ts';
import { createTextSearch, type TextSearch } from './texts.ts';
import { isKindKey, isNameKey, isTellingKey } from './beside.ts';
import { CleanTexts } from './clean.ts';
import { runEnd, tableOf } from './find/runs.ts';
import { WALK_LIMITS } from './limits.ts';
import { safeKey, Walk, type Json, type WalkBudget } from './plain-copy.ts';

/** What can hold nothing of all that, nor a character that harms: names, codes, hosts, short paths. */
const PLAIN = tableOf(/[\w./-]/);

/** Units of it in which no token is. */
const SHORT = 14;

/** UTF-16 units behind what is kept: a secret that the cut would halve is seen whole. */
const CUT_MARGIN = 2_048;
/** Of them those that never show: what the end of the slice may have halved. */
const HALVED = 1_100;

export interface ScrubOptions extends NameOptions {
  /** Replaced wherever it turns up. */
  readonly apiKey: string | undefined;
  /** The user's own patterns of what must not leave. */
  readonly scrubPatterns?: readonly RegExp[];
}

/** Turns anything into bounded JSON without secrets. Never throws. */
export interface Scrubber {
  /** One walk: makes `value` safe for JSON and removes what must not leave. */
  value(value: unknown, budget?: WalkBudget): Json;
  /** The same for a text, of which at most `max` UTF-16 units are kept. */
  text(text: string, max: number): string;
  /** The same as `text`, for what comes again with each event, as the names in stacks: it is remembered. */
  line(text: string, max: number): string;
  /** The same for a line of source: as it is written, but for what is a secret by its own form. */
  code(text: string, max: number): string;
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
  /** Whether it may name what stands beside it, or what that is; see `isNameKey`. */
  readonly isNaming: boolean;
  /** See `isTellingKey`. */
  readonly isTelling: boolean;
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
  const { apiKey, scrubPatterns: patterns = [] } = options;
  const search = createTextSearch({ judge, apiKey, patterns });
  // An application's key is longer; a test's may not be.
  const plain = patterns.length > 0 ? 0 : Math.min(SHORT, (apiKey?.length ?? SHORT) - 1);

  const clean = new CleanTexts();

  function scrubbed(input: string, max: number, find: TextSearch['all']): string {
    if (input.length <= Math.min(max, plain) && isPlain(input)) return input;
    // Cut before scrubbing, so that the work is bounded by what is kept.
    const isSliced = input.length > max + CUT_MARGIN;
    const seen = wellFormed(isSliced ? ownCopy(input.slice(0, max + CUT_MARGIN)) : input);
    const spans = find(seen);
    // What is filtered in front of it can bring the end of the slice within `max`.
    return cut(spans.write(isSliced ? seen.slice(0, -HALVED) : seen), max);
  }

  function text(input: string, max: number): string {
    if (input.length <= max && clean.bytesOf(input) !== -1) return input;
    const result = scrubbed(input, max, search.all);
    if (result === input && input.length > plain) clean.add(input);
    return result;
  }

  /** How many bytes a text has in JSON that is known as clean; -1 of any other. */
  function cleanBytes(input: string): number {
    return input.length <= plain && isPlain(input) ? input.length : clean.bytesOf(input);
  }

  const key = remembering<ScrubbedKey>(
    (name) => ({
      name: safeKey(text(name, WALK_LIMITS.key)),
      verdict: judge(name),
      isNaming: isNameKey(name) || isKindKey(name),
      isTelling: isTellingKey(name),
    }),
    { maxEntries: 1_000, maxLength: WALK_LIMITS.key },
  );

  function remembered(find: TextSearch['all']): Scrubber['line'] {
    /** By the length that they are cut to, of which there are two. */
    const known = new Map<number, Lru<string>>();
    return (input, max) => {
      if (input.length > MAX_LINE) return scrubbed(input, max, find);
      let lines = known.get(max);
      if (lines === undefined) known.set(max, (lines = createLru(LINES)));
      const before = lines.get(input);
      if (before !== undefined) return before;
      const made = scrubbed(input, max, find);
      lines.set(input, made);
      return made;
    };
  }

  return {
    judge,
    text,
    line: remembered(search.all),
    code: remembered(search.byForm),
    key,
    value: (value, budget) => new Walk({ judge, key, text, cleanBytes }, budget).run(value),
  };
}

function isPlain(text: string): boolean {
  return runEnd(text, PLAIN, 0, text.length) === text.length;
}
