/** Ruby's date parser takes no longer text. */
const MAX_LENGTH = 128;

const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const MONTH_NAMES = MONTHS.split('|');

/** Hours east of UTC of the zones that Ruby knows by name and people use. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ...['z', 'utc', 'gmt', 'wet', 'ut'].map((name) => [name, 0] as const),
  ...Object.entries({ est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7 }),
  ...Object.entries({ bst: 1, cet: 1, cest: 2, eet: 2, eest: 3, msk: 3, ist: 5.5, jst: 9 }),
]);

/** `10:00:00.5 pm +02:00`, `10 pm`, `T24:00Z`. */
const TIME =
  /(?:^|[^\d:+-])(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?:\s*([ap])\.?m\b\.?)?|\s*([ap])\.?m\b\.?)\s*((?:gmt|utc)?[+-]\d{1,2}(?::?\d{2})?|[a-z]{1,4}\b)?/i;
/** `20261128`, `20261128T100000Z`, `20261128100000`. */
const BASIC =
  /^(\d{4})(\d{2})(\d{2})(?:[t\s]?(\d{2})(\d{2})(\d{2})?(?:[.,](\d+))?\s*(z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * The time in a text in the other forms that Ruby's `Date._parse` takes: names of months, slashes,
 * dots, weeks, days of a year, and without separators. Milliseconds since the epoch. Undefined if
 * it is none.
 *
 * @param now what completes a time without a date
 */
export function parseRubyDate(text: string, now: number): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const basic = BASIC.exec(text);
  if (basic !== null) {
    const [, year, month, day, ...time] = basic;
    return join(dayOf(year, month, day), timeOf(...time));
  }
  const found = TIME.exec(text);
  if (found === null) return join(parseDay(text), 0);
  const [whole, hour, minute, second, fraction, half, otherHalf, zone] = found;
  const rest = `${text.slice(0, found.index)} ${text.slice(found.index + whole.length)}`.trim();
  const time = timeOf(hour, minute, second, fraction, zone, half ?? otherHalf);
  const today = new Date(now);
  const day = parseDay(rest.replace(/t$/i, '').trim());
  if (day !== undefined || rest !== '') return join(day, time);
  return join(
    { year: today.getUTCFullYear(), month: today.getUTCMonth() + 1, day: today.getUTCDate() },
    time,
  );
}

function join(day: Day | undefined, time: number | undefined): number | undefined {
  if (day === undefined || time === undefined) return undefined;
  const { year, month, day: number } = day;
  const date = new Date(Date.UTC(year, month - 1, number));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === number;
  return exists ? date.getTime() + time : undefined;
}

/** Milliseconds since midnight in UTC. 24:00 is the end of a day. */
function timeOf(
  hour = '0',
  minute = '0',
  second = '0',
  fraction = '',
  zone = '',
  half = '',
): number | undefined {
  const given = Number(hour);
  const hours = half === '' ? given : (given % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const rest = Number(minute) * 60 + Number(second);
  if (hours > 24 || (hours === 24 && rest > 0) || Number(minute) > 59 || Number(second) > 59) {
    return undefined;
  }
  const offset = offsetOf(zone);
  if (offset === undefined) return undefined;
  const microseconds = Number(fraction.slice(0, 6).padEnd(6, '0'));
  return (hours * 3600 + rest) * 1000 + microseconds / 1000 - offset;
}

/**
 * Milliseconds east of UTC. Undefined for an impossible zone. A word that is no zone is ignored.
 */
function offsetOf(zone: string): number | undefined {
  const numbers = /([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (numbers === null) return (ZONES.get(zone.toLowerCase()) ?? 0) * 3_600_000;
  const [, sign, hours, minutes = '0'] = numbers;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

type DayReader = (parts: readonly string[]) => Day | undefined;

/** In the order in which Ruby tries them. */
const FORMS: readonly (readonly [RegExp, DayReader])[] = [
  [
    new RegExp(
      String.raw`\b(\d{1,2})(?:st|nd|rd|th)?[\s-]+(${MONTHS})[a-z]*\.?,?[\s-]*(\d{2,4})?\b`,
      'i',
    ),
    ([day, month, year]) => named(year, month, day),
  ],
  [
    new RegExp(
      String.raw`\b(${MONTHS})[a-z]*\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?\b,?[\s-]*(\d{2,4})?`,
      'i',
    ),
    ([month, day, year]) => named(year, month, day),
  ],
  [/\b(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/, ([year, month, day]) => dayOf(year, month, day)],
  [/\b(\d{4})-?w(\d{2})(?:-?([1-7]))?\b/i, ([year, week, day]) => dayOfWeek(year, week, day)],
  [/\b(\d{4})-(\d{3})\b/, ([year, day]) => dayOfYear(year, day)],
  [/\b(\d{1,4})\/(\d{1,2})\/(\d{1,4})\b/, ([a, b, c]) => threeNumbers(a, b, c)],
  [/\b(\d{1,4})\.(\d{1,2})\.(\d{1,4})\b/, ([a, b, c]) => threeNumbers(a, b, c)],
  [/\b(\d{1,2})-(\d{1,2})-(\d{4})\b/, ([a, b, c]) => threeNumbers(a, b, c)],
  [/^(\d{4})(\d{2})(\d{2})$/, ([year, month, day]) => dayOf(year, month, day)],
];

function parseDay(text: string): Day | undefined {
  for (const [form, read] of FORMS) {
    const parts = form.exec(text);
    if (parts !== null) return read(parts.slice(1));
  }
  return undefined;
}

function dayOf(year = '', month = '', day = ''): Day {
  return { year: fullYear(year), month: Number(month), day: Number(day) };
}

function named(year: string | undefined, month = '', day = ''): Day {
  const index = MONTH_NAMES.indexOf(month.slice(0, 3).toLowerCase());
  const given = year === undefined ? new Date().getUTCFullYear() : fullYear(year);
  return { year: given, month: index + 1, day: Number(day) };
}

/**
 * The year comes first, unless only the last of the three can be it: 28/11/2026 is a day in
 * November.
 */
function threeNumbers(first = '', second = '', third = ''): Day {
  return third.length > 2 ? dayOf(third, second, first) : dayOf(first, second, third);
}

function fullYear(year: string): number {
  const number = Number(year);
  if (year.length > 2) return number;
  return number + (number >= 69 ? 1900 : 2000);
}

/** ISO weeks: the first has the year's first Thursday, and begins on Monday. */
function dayOfWeek(year = '', week = '', day = '1'): Day | undefined {
  if (Number(week) < 1 || Number(week) > 53) return undefined;
  const fourth = new Date(Date.UTC(Number(year), 0, 4));
  const monday = fourth.getUTCDate() - ((fourth.getUTCDay() + 6) % 7);
  return fromDays(year, monday + (Number(week) - 1) * 7 + Number(day) - 1);
}

function dayOfYear(year = '', day = ''): Day | undefined {
  const number = Number(day);
  return number < 1 || number > 366 ? undefined : fromDays(year, number);
}

function fromDays(year: string, day: number): Day {
  const date = new Date(Date.UTC(Number(year), 0, day));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
