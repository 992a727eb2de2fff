import { cut, isBlank } from '../../lib/text.ts';
import type { Json, WalkBudget } from '../scrub/plain-copy.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

/** The number of facts behind a message, and the UTF-16 units of one and of all. */
const MAX_FACTS = 12;
const MAX_FACT = 200;
/** UTF-16 units of a failed request and of its answer. */
const MAX_ANSWER = 500;
const MAX_TEXT = 1_000;

/** Only small properties of a cause are shown. */
const BUDGET: WalkBudget = { values: 60, characters: 4_000 };

/** The properties that best say why something failed: with a database, a file or an answer. */
const FIRST = [
  'code',
  'errno',
  'status',
  'statusCode',
  'constraint',
  'table',
  'column',
  'detail',
  'path',
  'instancePath',
  'reason',
];

/**
 * A message with the facts that its error carries. ErrSight's pages show only the class and the
 * message of a cause. Less common facts are left out if the message says them already.
 */
export function withFacts(
  message: string,
  properties: Readonly<Record<string, unknown>>,
  scrub: Scrubber,
): string {
  const facts = factsOf(properties, scrub).filter(
    ([key, text]) => FIRST.includes(key) || !isSaid(message, text),
  );
  const text = joined(facts);
  return text === '' ? message : `${message} (${text})`;
}

/** The same for a value that has no message. */
export function factsText(
  properties: Readonly<Record<string, unknown>>,
  scrub: Scrubber,
): string | undefined {
  return joined(factsOf(properties, scrub)) || undefined;
}

function isSaid(message: string, text: string): boolean {
  return text.length >= 3 && message.includes(text);
}

function joined(facts: readonly (readonly [string, string])[]): string {
  const parts: string[] = [];
  let length = 0;
  for (const [key, text] of facts.slice(0, MAX_FACTS)) {
    length += key.length + text.length + 4;
    if (length > MAX_TEXT) break;
    parts.push(`${key}: ${text}`);
  }
  return parts.join(', ');
}

function factsOf(
  properties: Readonly<Record<string, unknown>>,
  scrub: Scrubber,
): readonly (readonly [string, string])[] {
  const keys = Object.keys(properties);
  if (keys.length === 0) return [];
  const clean = scrub.value(properties, BUDGET);
  if (typeof clean !== 'object' || clean === null || Array.isArray(clean)) return [];
  const facts = Object.entries(clean)
    .map(([key, value]) => [key, textOf(value)] as const)
    .filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  return facts.toSorted(([a], [b]) => placeOf(a) - placeOf(b));
}

function placeOf(key: string): number {
  const index = FIRST.indexOf(key);
  return index === -1 ? FIRST.length : index;
}

/**
 * What an HTTP response said, in the form of `http-objects.ts`. Its headers say less, and are left
 * out.
 */
function answerText(value: object): string | undefined {
  const { line, body } = value as { readonly line?: unknown; readonly body?: unknown };
  if (typeof line !== 'string' || body === undefined) return undefined;
  const said = typeof body === 'string' ? body : JSON.stringify(body);
  return cut(`${line} ${said}`, MAX_ANSWER);
}

/** Scalars, short lists of them, and small objects of them. */
function textOf(value: Json): string | undefined {
  if (value === null || value === '') return undefined;
  if (typeof value === 'object') {
    const answer = answerText(value);
    if (answer !== undefined) return answer;
    const json = JSON.stringify(value);
    return json.length <= MAX_FACT && json !== '{}' && json !== '[]' ? json : undefined;
  }
  const text = String(value);
  return isBlank(text) ? undefined : cut(text, MAX_FACT);
}
