/**
 * Turns the debugger's description of values into plain values. No code of the application runs for
 * it.
 */
import type { Runtime } from 'node:inspector';

/**
 * The most UTF-16 units of a text. More than is shown, so that the scrubber sees a secret whole
 * that the later cut would halve.
 */
const MAX_TEXT = 4_096;
/** V8 cuts texts within objects at this length, which can cut a secret in half. */
const PREVIEW_TEXT = 100;

/**
 * A value within a variable is a text, a number and the like. A variable can also be an object of
 * such values.
 */
export type PlainValue = string | number | boolean | null | Readonly<Record<string, unknown>>;

/** Undefined for functions: they say little. */
export function plainValue(value: Runtime.RemoteObject): PlainValue | undefined {
  const { type, subtype, description = '', preview } = value;
  switch (type) {
    case 'function':
      return undefined;
    case 'undefined':
      return '[undefined]';
    case 'string':
      return String(value.value).slice(0, MAX_TEXT);
    case 'number':
    case 'boolean':
      return plainScalar(value);
    case 'object':
      break;
    default:
      return description.slice(0, MAX_TEXT);
  }
  if (subtype === 'null') return null;
  if (subtype === 'error') return (description.split('\n', 1)[0] ?? '').slice(0, MAX_TEXT);
  const isPlain = subtype === undefined || subtype === 'array';
  if (!isPlain || preview === undefined) return description.slice(0, MAX_TEXT);
  return plainPreview(preview);
}

/** NaN and Infinity have no value, only a description. */
function plainScalar({ value, description = '' }: Runtime.RemoteObject): PlainValue {
  return typeof value === 'number' || typeof value === 'boolean' ? value : description;
}

/** V8 shows 5 properties of an object and 100 elements of an array. */
function plainPreview({ properties, overflow }: Runtime.ObjectPreview): PlainValue {
  const shown = properties
    .slice(0, MAX_PROPERTIES)
    .map((property) => [property.name, plainProperty(property)] as const)
    .filter(([, value]) => value !== undefined);
  const isCut = overflow || properties.length > MAX_PROPERTIES;
  // Each key becomes a property of its own, `__proto__` too.
  return Object.fromEntries(isCut ? [...shown, ['…', '…'] as const] : shown);
}

const MAX_PROPERTIES = 10;

function plainProperty({ type, subtype, value = '' }: Runtime.PropertyPreview): unknown {
  if (type === 'function') return undefined;
  if (subtype === 'null') return null;
  if (type === 'boolean') return value === 'true';
  if (type === 'number') return Number.isFinite(Number(value)) ? Number(value) : value;
  if (type === 'string') return value.length < PREVIEW_TEXT ? value : '[long text]';
  if (type === 'accessor') return '[getter]';
  if (type === 'undefined') return '[undefined]';
  // The description of an error is its stack, which V8 has cut.
  return subtype === 'error'
    ? '[error]'
    : value.length < PREVIEW_TEXT
      ? value
      : `[${subtype ?? type}]`;
}
