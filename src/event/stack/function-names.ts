import { KIND, type Tokens } from './tokens.ts';

const COLON = 0x3a;
const EQUALS = 0x3d;
const DOT = 0x2e;

/** Words of TypeScript after which a type continues. */
const TYPE_WORDS: ReadonlySet<string> = new Set(
  'is asserts keyof typeof infer extends unique readonly'.split(' '),
);

/** Whether a type continues after this word. */
export function isTypeWord(word: string): boolean {
  return TYPE_WORDS.has(word);
}

/** What encloses a function, for its name. */
interface Enclosing {
  readonly what: string;
  readonly name?: string;
}

/**
 * The name of a function or class without its own name, from the text before its first token:
 * `const a =`, `x.a =`, `a:` of an object, `a =` of a class. Empty if nothing names it. Undefined
 * for a computed name.
 */
export function nameFor(
  tokens: Tokens,
  first: number,
  enclosing: Enclosing | undefined,
): string | undefined {
  const { kinds } = tokens;
  const before = first - 1;
  if (kinds[before] === COLON) {
    return enclosing?.what === 'object' ? keyName(tokens, before - 1) : '';
  }
  if (wordAt(tokens, before) === 'default') return 'default';
  if (kinds[before] !== EQUALS) return '';
  const name = targetName(tokens, before - 1);
  const owner = enclosing?.what === 'class' ? enclosing.name : undefined;
  return owner === undefined || owner === '' || name === undefined || name === ''
    ? name
    : `${owner}.${name}`;
}

/** The key of an object's property. */
function keyName({ kinds, text, starts, ends }: Tokens, index: number): string | undefined {
  const kind = kinds[index];
  if (kind === 0x5d) return undefined;
  const key = text.slice(starts[index], ends[index]);
  if (kind === KIND.string) return key.slice(1, -1);
  return kind === KIND.word || kind === KIND.number ? key : '';
}

/**
 * The name of an assignment's target, read backwards from its last token. It is a variable, perhaps
 * with a type, or a member.
 */
function targetName(tokens: Tokens, last: number): string | undefined {
  const { kinds } = tokens;
  if (kinds[last] === 0x5d && !isTypeBefore(tokens, last)) return undefined;
  const typed = typedName(tokens, last);
  return typed >= 0 ? wordAt(tokens, typed) : wordAt(tokens, last);
}

/** Whether `]` ends a type, as in `const a: T[] =`. */
function isTypeBefore(tokens: Tokens, last: number): boolean {
  return typedName(tokens, last) >= 0;
}

/**
 * The index of `a` in `const a: Type`, read backwards from the type's last token. -1 if there is no
 * type.
 */
function typedName(tokens: Tokens, last: number): number {
  const { kinds, partners } = tokens;
  for (let at = last; at > 0; at -= 1) {
    const kind = kinds[at];
    if (kind === COLON) {
      // `a?: Type` and `a!: Type`.
      const isMarked = kinds[at - 1] === 0x3f || kinds[at - 1] === 0x21;
      const name = isMarked ? at - 2 : at - 1;
      return kinds[name] === KIND.word ? name : -1;
    }
    if (kind === 0x29 || kind === 0x5d || kind === 0x7d) at = partners[at] as number;
    else if (kind === 0x3e) at = skipAngles(tokens, at, -1);
    else if (kind === KIND.word) {
      if (/^(?:const|let|var|return|static|case)$/.test(wordAt(tokens, at))) return -1;
    } else if (
      kind !== DOT &&
      kind !== 0x7c &&
      kind !== 0x26 &&
      kind !== KIND.arrow &&
      kind !== KIND.string
    ) {
      return -1;
    }
  }
  return -1;
}

function wordAt({ kinds, text, starts, ends }: Tokens, index: number): string {
  return kinds[index] === KIND.word ? text.slice(starts[index], ends[index]) : '';
}

/** The most tokens in a type's arguments. A longer run counts as comparisons. */
const MAX_ANGLES = 200;

/** The other end of a type's `<…>`. The same index if it is a comparison. */
export function skipAngles(tokens: Tokens, index: number, step: 1 | -1 = 1): number {
  const { kinds, partners } = tokens;
  const [opening, closing] = step === 1 ? [0x3c, 0x3e] : [0x3e, 0x3c];
  let depth = 0;
  for (let at = index, taken = 0; taken < MAX_ANGLES; at += step, taken += 1) {
    const kind = kinds[at];
    if (kind === undefined || kind === 0x3b) return index;
    const partner = partners[at] as number;
    if (kind === opening) depth += 1;
    else if (kind === closing) depth -= 1;
    else if (partner >= 0) {
      if (step === 1 ? partner < at : partner > at) return index;
      at = partner;
    }
    if (depth === 0) return at;
  }
  return index;
}
