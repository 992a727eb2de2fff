import { findCallers } from './find/callers.ts';
import { findCalls } from './find/calls.ts';
import { findCarried } from './find/carried.ts';
import type { Finder, Hide } from './find/finder.ts';
import { findFlags } from './find/flags.ts';
import { findForms } from './find/forms.ts';
import { findHashes } from './find/hashes.ts';
import { findMarkup } from './find/markup.ts';
import { findMultipart } from './find/multipart.ts';
import { findNumbers } from './find/numbers.ts';
import { findKey, findPatterns } from './find/own.ts';
import { findPairs } from './find/pairs.ts';
import { findPaths } from './find/paths.ts';
import { findPem } from './find/pem.ts';
import { findRare } from './find/rare.ts';
import { findRows } from './find/rows.ts';
import { findSayings } from './find/sayings.ts';
import { QUOTES, SIGN, signsOf } from './find/signs.ts';
import { findSpoken } from './find/spoken.ts';
import { findSqlNamed } from './find/sql-named.ts';
import { findSqlPlaces } from './find/sql-places.ts';
import { findSqlValues } from './find/sql-values.ts';
import { findTables } from './find/tables.ts';
import { findTokens } from './find/tokens.ts';
import { findUserInfo } from './find/user-info.ts';
import { CUT_MARGIN } from './limits.ts';
import type { Judge } from './names.ts';
import { Spans } from './spans.ts';
import {
  withinOtherQuotes,
  withinQuotes,
  withoutBackslashes,
  withoutEntities,
  hasJoins,
  withoutJoins,
  withoutPercents,
  withoutWideSigns,
  type Decoder,
} from './views.ts';

/** The most levels of encoding that are undone, and the most texts that are searched for one text. */
const LEVELS = 6;
const VIEWS = 24;
/** The most units of all of these texts together, as a multiple of the text's own units. */
const SHARE = 9;
/**
 * A text is searched up to here, and the rest is hidden. So no text costs more than this, whatever it is made of.
 * The texts of events are shorter: at most 22,048 units of one are searched.
 */
const MOST = 32_768;

/** A finder, and the signs of which a text must have at least one; without signs it looks at every text. */
interface Search {
  readonly find: Finder;
  readonly signs: number;
}

function search(find: Finder, signs = 0): Search {
  return { find, signs };
}

const BY_FORM: readonly Search[] = [
  search(findTokens),
  search(findForms, SIGN.link | SIGN.scheme | SIGN.comma),
  search(findNumbers),
  search(findPem, SIGN.minus),
  search(findUserInfo, SIGN.at),
  search(findHashes, SIGN.dollar | SIGN.curly | SIGN.minus | SIGN.dot | SIGN.semicolon),
  search(findPaths, SIGN.slash),
];
const BY_NAME: readonly Search[] = [
  search(findPairs, SIGN.equals | SIGN.colon),
  search(findRows, SIGN.curly | SIGN.square),
  search(findFlags, SIGN.bar | SIGN.minus | SIGN.backslash),
  search(findMarkup, SIGN.less),
  search(findMultipart, SIGN.semicolon),
  search(findSqlValues, SIGN.sql | SIGN.single | SIGN.colon),
  search(findSqlNamed, SIGN.single | SIGN.double),
  search(findSqlPlaces, SIGN.sql),
  search(findCalls, QUOTES),
  search(findSayings, QUOTES | SIGN.paren | SIGN.colon),
  search(findCallers, SIGN.slash),
  search(findCarried, SIGN.equals),
];
const SAID: readonly Search[] = [
  search(findSpoken, SIGN.name | SIGN.wide),
  search(findTables, SIGN.lineEnd),
  search(findRare, SIGN.rare),
];
/** A text without any of these signs encodes nothing. */
const ENCODING = SIGN.backslash | SIGN.percent | SIGN.ampersand | SIGN.wide | SIGN.plus;

const DECODERS: readonly Decoder[] = [
  withoutBackslashes,
  withinOtherQuotes,
  withoutPercents,
  withoutEntities,
  withoutWideSigns,
];

/** Joins are undone first. The joined parts may have had quotes of several kinds. */
const JOINED: readonly Decoder[] = [withoutJoins];
const AFTER_JOINS: readonly Decoder[] = [withoutBackslashes, withinQuotes, ...DECODERS.slice(2)];

export interface TextOptions {
  readonly judge: Judge;
  readonly apiKey: string | undefined;
  /** The user's own patterns. */
  readonly patterns: readonly RegExp[];
  /** Tells the signs of a text. With all signs for each text, all finders look at it. */
  readonly signs?: (text: string) => number;
  /** How many units of a text are searched, if not `MOST`. */
  readonly most?: number;
}

/** Says which parts of a text must not leave. */
export interface TextSearch {
  /** All secrets, however the text encodes them. */
  readonly all: (text: string) => Spans;
  /** Only secrets that are known by their own form: in code, names say nothing about values. */
  readonly byForm: (text: string) => Spans;
}

/** A text to search: the given one, or what an encoding in it hides. */
interface Seen {
  readonly text: string;
  readonly level: number;
  /** For each unit, its place in `from`. */
  readonly places?: Uint32Array;
  readonly from?: Seen;
  readonly isJoined?: boolean;
}

/**
 * Each finder marks its secrets in the whole text, and in what its encodings hide. Only then is anything
 * replaced. So no finder sees a text that another one has changed.
 */
export function createTextSearch(options: TextOptions): TextSearch {
  const { judge, apiKey, patterns, signs: tell = signsOf, most = MOST } = options;
  const own = [
    ...(apiKey === undefined ? [] : [search(findKey(apiKey))]),
    ...(patterns.length === 0 ? [] : [search(findPatterns(patterns))]),
  ];
  const forms = [...own, ...BY_FORM];
  const all = [...forms, ...SAID, ...BY_NAME];

  return {
    byForm: (text) => searched(text, forms, false),
    all: (text) => searched(text, all, true),
  };

  function searched(whole: string, searches: readonly Search[], isToDecode: boolean): Spans {
    const spans = new Spans();
    const text = whole.slice(0, most);
    const signs = tell(text);
    const seen: Seen = { text, level: 0 };
    findIn(seen, searches, signs, spans);
    if (isToDecode && (signs & ENCODING) !== 0) findDecoded(seen, signs, spans);
    // The cut may have halved a secret.
    if (whole.length > most) spans.add(most - CUT_MARGIN, whole.length);
    return spans;
  }

  function findIn(seen: Seen, searches: readonly Search[], signs: number, spans: Spans): void {
    const hide = hideIn(seen, spans);
    for (const each of searches) {
      if (each.signs === 0 || (signs & each.signs) !== 0) each.find(seen.text, hide, judge, signs);
    }
  }

  /** Finds the secrets in everything that a text encodes. */
  function findDecoded(whole: Seen, signs: number, spans: Spans): void {
    let units = whole.text.length * SHARE;
    const waiting = [whole];
    decode(whole, signs);
    for (let index = 1; index < waiting.length; index += 1) {
      const seen = waiting[index] as Seen;
      const its = tell(seen.text);
      findIn(seen, all, its, spans);
      if (seen.level < LEVELS) decode(seen, its);
    }

    function decode(seen: Seen, its: number): void {
      const isToJoin = hasJoins(seen.text, its);
      const decoders = isToJoin ? JOINED : seen.isJoined === true ? AFTER_JOINS : DECODERS;
      for (const each of decoders) {
        if (waiting.length === VIEWS || units < 0) break;
        const view = each(seen.text, its);
        // Two encodings in one text lead to the same text in either order.
        if (view === undefined || waiting.some(({ text }) => text === view.text)) continue;
        units -= view.text.length;
        waiting.push({ ...view, level: seen.level + 1, from: seen, isJoined: isToJoin });
      }
    }
  }
}

function hideIn(seen: Seen, spans: Spans): Hide {
  if (seen.from === undefined) return (start, end, isJson) => spans.add(start, end, isJson);
  const { text } = seen;
  return (start, end, isJson = false) => {
    // Its quotes are escaped in the given text, so they stay.
    let first = start;
    if (isJson) while (first < end && text.charAt(first) === ' ') first += 1;
    const isQuoted = isJson && text.charAt(first) === '"';
    const last = isQuoted && text.charAt(end - 1) === '"' && end - 1 > first ? end - 1 : end;
    spans.add(placeOf(seen, isQuoted ? first + 1 : first), placeOf(seen, last));
  };
}

/** The place in the given text of a unit that may have been decoded several times. */
function placeOf(seen: Seen, at: number): number {
  let place = at;
  for (let each: Seen | undefined = seen; each?.places !== undefined; each = each.from) {
    place = each.places[place] ?? 0;
  }
  return place;
}
