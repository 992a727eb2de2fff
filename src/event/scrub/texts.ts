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
import { findSpoken } from './find/spoken.ts';
import { findSqlNamed } from './find/sql-named.ts';
import { findSqlValues } from './find/sql-values.ts';
import { findTables } from './find/tables.ts';
import { findTokens } from './find/tokens.ts';
import { findUserInfo } from './find/user-info.ts';
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

/** Levels of encoding that are undone, and texts that are looked through for one. */
const LEVELS = 6;
const VIEWS = 24;
/**
 * Units of all of them together, as a share of the text's; of what is longer than any text of an event,
 * of which at most 22,048 units are looked at, a smaller one.
 */
const UNITS = { share: 9, long: 2, length: 32_768 } as const;

const BY_FORM: readonly Finder[] = [
  findTokens,
  findForms,
  findNumbers,
  findPem,
  findUserInfo,
  findHashes,
  findPaths,
];
const BY_NAME: readonly Finder[] = [
  findPairs,
  findRows,
  findFlags,
  findMarkup,
  findMultipart,
  findSqlValues,
  findSqlNamed,
  findCalls,
  findSayings,
  findCallers,
  findCarried,
];
/** They need no sign. */
const SAID: readonly Finder[] = [findSpoken, findTables, findRare];
/** A text with none of these pairs no name with a value, and encodes nothing. */
const SIGNS = /[=:<"'`\\%&{[(\uff1a\uff1d-]| HTTP\//;

const DECODERS: readonly Decoder[] = [
  withoutBackslashes,
  withinOtherQuotes,
  withoutPercents,
  withoutEntities,
  withoutWideSigns,
];

/** What was one text comes first. Its parts stood in quotes of several kinds. */
const JOINED: readonly Decoder[] = [withoutJoins];
const AFTER_JOINS: readonly Decoder[] = [withoutBackslashes, withinQuotes, ...DECODERS.slice(2)];

export interface TextOptions {
  readonly judge: Judge;
  readonly apiKey: string | undefined;
  /** The user's own. */
  readonly patterns: readonly RegExp[];
}

/** Says which parts of a text must not leave. */
export interface TextSearch {
  /** All secrets, however the text encodes them. */
  readonly all: (text: string) => Spans;
  /** Only those that are known by their own form: of what is code, names say nothing. */
  readonly byForm: (text: string) => Spans;
}

/** A text, and where its units come from in the one that was given. */
interface Seen {
  readonly text: string;
  readonly level: number;
  /** Where its units come from in the text that it was decoded from. */
  readonly places?: Uint32Array;
  readonly from?: Seen;
  readonly isJoined?: boolean;
}

/**
 * What is found is decided once over the whole text: each finder says where its secrets are, also in
 * what an encoding hides, and only then is anything replaced. So no rule cuts into another one's.
 */
export function createTextSearch({ judge, apiKey, patterns }: TextOptions): TextSearch {
  const own = [
    ...(apiKey === undefined ? [] : [findKey(apiKey)]),
    ...(patterns.length === 0 ? [] : [findPatterns(patterns)]),
  ];
  const forms = [...own, ...BY_FORM];

  return {
    byForm(text) {
      const spans = new Spans();
      for (const find of forms) find(text, (start, end) => spans.add(start, end), judge);
      return spans;
    },
    all(text) {
      const spans = new Spans();
      let units = text.length * (text.length > UNITS.length ? UNITS.long : UNITS.share);
      const waiting: Seen[] = [{ text, level: 0 }];
      for (let index = 0; index < waiting.length; index += 1) {
        const seen = waiting[index] as Seen;
        const hide = hideIn(seen, spans);
        for (const find of forms) find(seen.text, hide, judge);
        for (const find of SAID) find(seen.text, hide, judge);
        if (!SIGNS.test(seen.text)) continue;
        for (const find of BY_NAME) find(seen.text, hide, judge);
        if (seen.level === LEVELS) continue;
        const isToJoin = hasJoins(seen.text);
        const decoders = isToJoin ? JOINED : seen.isJoined === true ? AFTER_JOINS : DECODERS;
        for (const decode of decoders) {
          if (waiting.length === VIEWS || units < 0) break;
          const view = decode(seen.text);
          if (view !== undefined) {
            units -= view.text.length;
            waiting.push({ ...view, level: seen.level + 1, from: seen, isJoined: isToJoin });
          }
        }
      }
      return spans;
    },
  };
}

function hideIn(seen: Seen, spans: Spans): Hide {
  if (seen.from === undefined) return (start, end, isJson) => spans.add(start, end, isJson);
  const { text } = seen;
  return (start, end, isJson = false) => {
    // Its quotes are written otherwise there, and stay.
    let first = start;
    if (isJson) while (first < end && text.charAt(first) === ' ') first += 1;
    const isQuoted = isJson && text.charAt(first) === '"';
    const last = isQuoted && text.charAt(end - 1) === '"' && end - 1 > first ? end - 1 : end;
    spans.add(placeOf(seen, isQuoted ? first + 1 : first), placeOf(seen, last));
  };
}

/** The place in the text that was given of what may have been decoded several times. */
function placeOf(seen: Seen, at: number): number {
  let place = at;
  for (let each: Seen | undefined = seen; each?.places !== undefined; each = each.from) {
    place = each.places[place] ?? 0;
  }
  return place;
}
