import { createJudge, type Judge, type NameOptions, type Verdict } from './names.ts';
import { createLru, type Lru } from '../../lib/lru.ts';
import { remembering } from '../../lib/remember.ts';
import { cut, ownCopy, wellFormed, withoutColours } from '../../lib/text.ts';
import { createTextSearch, type TextSearch } from './texts.ts';
import { isKindKey, isNameKey, isTellingKey } from './beside.ts';
import { CleanTexts } from './clean.ts';
import { runEnd, tableOf } from './find/runs.ts';
import { CUT_MARGIN, WALK_LIMITS } from './limits.ts';
import { Walk, type Json, type WalkBudget } from './plain-copy.ts';

/** Units of names, codes, hosts and short paths. A short text of them holds no secret and no harmful character. */
const PLAIN = tableOf(/[\w./-]/);

/** A text of so few units holds no token. */
const SHORT = 14;

/** The last of the units behind a cut never show, since the end of the slice may have halved a secret. */
const HALVED = 1_100;

/** Colours take this much more room than what they colour; else they would cost its beginning too. */
const COLOURED = 4;

export interface ScrubOptions extends NameOptions {
  /** It is replaced wherever it appears. */
  readonly apiKey: string | undefined;
  /** The user's own patterns for texts that must not leave. */
  readonly scrubPatterns?: readonly RegExp[];
}

/** Turns anything into bounded JSON without secrets. Never throws. */
export interface Scrubber {
  /** One walk: makes `value` safe for JSON and removes what must not leave. */
  value(value: unknown, budget?: WalkBudget): Json;
  /** The same for a text. At most `max` UTF-16 units are kept. */
  text(text: string, max: number): string;
  /** The same as `text`, and remembers the result: for texts that come with each event, as names in stacks. */
  line(text: string, max: number): string;
  /** The same for a line of source code, from which only secrets with a form of their own are removed. */
  code(text: string, max: number): string;
  /** The same for the key of a field, with the verdict on its value. */
  key(name: string): ScrubbedKey;
  /** Says what happens to the values under a name. */
  readonly judge: Judge;
}

/** A key that may leave. */
export interface ScrubbedKey {
  readonly name: string;
  /** Whether its value may leave as well. */
  readonly verdict: Verdict;
  /** Whether its value may name its neighbours or say what they are; see `isNameKey` and `isKindKey`. */
  readonly isNaming: boolean;
  /** See `isTellingKey`. */
  readonly isTelling: boolean;
  /** How long the key was. */
  readonly units: number;
}

/** The most UTF-16 units of a line that is remembered. */
const MAX_LINE = 1_000;
/** How many lines are remembered, and how many UTF-16 units in all: an event has some hundred lines. */
const LINES = {
  maxEntries: 2_000,
  maxWeight: 500_000,
  weigh: (line: string): number => line.length,
};

export function createScrubber(options: ScrubOptions): Scrubber {
  const judge = createJudge(options);
  const { apiKey, scrubPatterns: patterns = [] } = options;
  const search = createTextSearch({ judge, apiKey, patterns });
  // The key of a test may be shorter than `SHORT`; that of an application is longer.
  const plain = patterns.length > 0 ? 0 : Math.min(SHORT, (apiKey?.length ?? SHORT) - 1);

  const clean = new CleanTexts();

  function scrubbed(input: string, max: number, find: TextSearch['all']): string {
    if (input.length <= Math.min(max, plain) && isPlain(input)) return input;
    // The text is cut before the search, so the work is bounded by what is kept.
    const room = max + CUT_MARGIN;
    const most = room * COLOURED;
    const bare = withoutColours(wellFormed(input.slice(0, most)));
    const isSliced = bare.length > room || input.length > most;
    const seen = isSliced ? ownCopy(bare.slice(0, room)) : bare;
    const spans = find(seen);
    // Filtering makes the text shorter and can bring the end of the slice within `max`.
    return cut(spans.write(isSliced ? seen.slice(0, -HALVED) : seen), max);
  }

  function text(input: string, max: number): string {
    return input.length <= max && clean.bytesOf(input) !== -1 ? input : searched(input, max);
  }

  function searched(input: string, max: number): string {
    const result = scrubbed(input, max, search.all);
    if (result === input && input.length > plain) clean.add(input);
    return result;
  }

  /** How many bytes a text has in JSON if it is known as clean; -1 if it is not. */
  function cleanBytes(input: string): number {
    return input.length <= plain && isPlain(input) ? input.length : clean.bytesOf(input);
  }

  const key = remembering<ScrubbedKey>(
    (name) => ({
      name: safeKey(text(name, WALK_LIMITS.key)),
      verdict: judge(name),
      isNaming: isNameKey(name) || isKindKey(name),
      isTelling: isTellingKey(name),
      units: name.length,
    }),
    { maxEntries: 1_000, maxLength: WALK_LIMITS.key },
  );

  function remembered(find: TextSearch['all']): Scrubber['line'] {
    /** The known lines by `max`, which has two values. */
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
    value: (value, budget) => new Walk({ judge, key, searched, cleanBytes }, budget).run(value),
  };
}

/** ErrSight answers 500 to a request with a key of its job queue; all of these begin with `_aj_`. */
function safeKey(name: string): string {
  const key = cut(wellFormed(name), WALK_LIMITS.key);
  return key.startsWith('_aj_') ? key.slice(1) : key;
}

function isPlain(text: string): boolean {
  return runEnd(text, PLAIN, 0, text.length) === text.length;
}
