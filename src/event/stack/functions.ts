import { KIND, tokenize, type Tokens } from './tokens.ts';
import { isTypeWord, nameFor, skipAngles } from './function-names.ts';

/** A function in its source. */
export interface SourceFunction {
  /**
   * `charge`, `Till.charge`, `Till.get total`, `new Till`. Empty if it has no name. Undefined for a
   * computed name, which the source does not tell.
   */
  readonly name: string | undefined;
  /** Whether another function in the file has the same name. */
  readonly isAmbiguous: boolean;
}

export interface SourceFunctions {
  /**
   * The innermost function around a place. Line and column count from 1. Undefined outside of all
   * functions.
   */
  at(line: number, column: number | undefined): SourceFunction | undefined;
}

interface Region {
  readonly start: number;
  readonly end: number;
  readonly name: string | undefined;
}

/** What a pair of braces encloses. */
type Brace =
  | { readonly what: 'class'; readonly name: string }
  | { readonly what: 'object' | 'block' | 'type' };

const PAREN = 0x28;
const BRACE = 0x7b;
const COLON = 0x3a;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** Words that come before parentheses and a brace, like the name of a method. */
const CONTROL: ReadonlySet<string> = new Set(['if', 'for', 'while', 'switch', 'catch', 'with']);

/**
 * Finds the functions of a JavaScript or TypeScript source by its brackets and the words before
 * them. The names in a stack are not enough. Minifiers rename functions, and compilers invent new
 * ones. V8 names functions after the object on which they were called, or after something near
 * them. Undefined for a text that can't be parsed.
 */
export function findFunctions(text: string): SourceFunctions | undefined {
  const tokens = tokenize(text);
  if (tokens === undefined) return undefined;
  const regions = regionsOf(tokens).toSorted((a, b) => a.start - b.start || b.end - a.end);
  const counts = new Map<string, number>();
  for (const { name } of regions) {
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const lines = lineStarts(text);

  return {
    at(line, column) {
      const begin = lines[line - 1];
      if (begin === undefined) return undefined;
      const place = begin + (column === undefined ? indent(text, begin) : column - 1);
      // Functions are nested. The innermost is the last one that begins before the place and ends
      // after it.
      const found = regions.findLast(({ start, end }) => start <= place && place < end);
      if (found === undefined) return undefined;
      const { name } = found;
      const isNamed = name !== undefined && name !== '';
      return { name, isAmbiguous: !isNamed || (counts.get(name) ?? 0) > 1 };
    },
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) {
    starts.push(match.index + match[0].length);
  }
  return starts;
}

function indent(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at - start;
}

function regionsOf(tokens: Tokens): Region[] {
  const { kinds, starts, ends, partners, count } = tokens;
  const regions: Region[] = [];
  /** What the braces enclose that are no plain blocks, by the index of their token. */
  const braces = new Map<number, Brace>();
  /** The indices of the open brackets around the current token. */
  const around: number[] = [];

  const word = (index: number): string =>
    kinds[index] === KIND.word ? tokens.text.slice(starts[index], ends[index]) : '';
  const enclosing = (): Brace | undefined => braces.get(around.at(-1) ?? -1);

  function add(first: number, last: number, name: string | undefined): void {
    regions.push({ start: starts[first] as number, end: ends[last] as number, name });
  }

  /** The index of the brace that begins a function's body, after its parameters and result type. */
  function bodyAfter(closing: number): number {
    let at = closing + 1;
    if (kinds[at] === BRACE) return at;
    if (kinds[at] !== COLON) return -1;
    for (at += 1; at < count; at += 1) {
      const kind = kinds[at];
      if (kind === 0x3c) at = skipAngles(tokens, at);
      else if (kind === BRACE) {
        if (!isTypeContinued(at - 1)) return at;
        at = partners[at] as number;
      } else if (kind === PAREN || kind === 0x5b) at = partners[at] as number;
      else if (kind === COMMA || kind === SEMICOLON || kind === EQUALS) return -1;
      else if (kind === 0x29 || kind === 0x5d || kind === 0x7d) return -1;
    }
    return -1;
  }

  /** Whether a type continues after this token, so that a following brace belongs to the type. */
  function isTypeContinued(index: number): boolean {
    const kind = kinds[index];
    if (kind === COLON || kind === 0x7c || kind === 0x26 || kind === KIND.arrow) return true;
    return isTypeWord(word(index));
  }

  function addFunction(index: number): void {
    let at = index + 1;
    if (kinds[at] === 0x2a) at += 1;
    const own = word(at);
    if (own !== '') at += 1;
    if (kinds[at] === 0x3c) at = skipAngles(tokens, at) + 1;
    if (kinds[at] !== PAREN) return;
    const body = bodyAfter(partners[at] as number);
    if (body < 0) return;
    const first = word(index - 1) === 'async' ? index - 1 : index;
    add(index, partners[body] as number, own === '' ? nameFor(tokens, first, enclosing()) : own);
  }

  function addArrow(index: number): void {
    const first = arrowStart(tokens, index);
    const last =
      kinds[index + 1] === BRACE ? (partners[index + 1] as number) : expressionEnd(tokens, index);
    add(first, last, nameFor(tokens, first, enclosing()));
  }

  /** Adds a method, if the parenthesis begins a method's parameters. */
  function addMethod(index: number, brace: Brace): void {
    const closing = partners[index] as number;
    const body = bodyAfter(closing);
    if (body < 0) return;
    let at = index - 1;
    if (kinds[at] === 0x3e) at = skipAngles(tokens, at, -1) - 1;
    // `a: function () {}` and `a: function b() {}` are added at the word `function`.
    if (word(at) === 'function' || isAfterFunction(at)) return;
    const name = methodName(at, brace);
    if (name === '') return;
    braces.set(body, { what: 'block' });
    add(index, partners[body] as number, name);
  }

  function isAfterFunction(at: number): boolean {
    return word(kinds[at - 1] === 0x2a ? at - 2 : at - 1) === 'function';
  }

  function methodName(at: number, brace: Brace): string | undefined {
    const kind = kinds[at];
    if (kind === 0x5d) return undefined;
    if (kind !== KIND.word && kind !== KIND.string && kind !== KIND.number) return '';
    const text = tokens.text.slice(starts[at], ends[at]);
    const name = kind === KIND.string ? text.slice(1, -1) : text;
    if (brace.what !== 'class') return CONTROL.has(name) ? '' : accessor(at) + name;
    if (name === 'constructor') return brace.name === '' ? 'constructor' : `new ${brace.name}`;
    return brace.name === '' ? accessor(at) + name : `${brace.name}.${accessor(at)}${name}`;
  }

  function accessor(at: number): string {
    const before = word(at - 1);
    return before === 'get' || before === 'set' ? `${before} ` : '';
  }

  /** Notes the brace of a class, with the name of the class. */
  function addClass(index: number): void {
    if (kinds[index - 1] === 0x2e || kinds[index + 1] === COLON) return;
    const next = word(index + 1);
    const isNamed = next !== '' && next !== 'extends' && next !== 'implements';
    for (let at = index + 1; at < count; at += 1) {
      const kind = kinds[at];
      if (kind === 0x3c) at = skipAngles(tokens, at);
      else if (kind === BRACE) {
        const name = isNamed ? next : (nameFor(tokens, index, enclosing()) ?? '');
        braces.set(at, { what: 'class', name: name });
        return;
      } else if (kind === PAREN || kind === 0x5b) at = partners[at] as number;
      else if (kind !== KIND.word && kind !== 0x2e && kind !== COMMA) return;
    }
  }

  /** Notes the braces of types and interfaces, which contain no functions that run. */
  function addTypes(index: number): void {
    if (word(index + 1) === '' || kinds[index - 1] === 0x2e) return;
    for (let at = index + 2; at < count; at += 1) {
      const kind = kinds[at];
      if (kind === 0x3c) at = skipAngles(tokens, at);
      else if (kind === BRACE) {
        braces.set(at, { what: 'type' });
        return;
      } else if (kind !== KIND.word && kind !== EQUALS && kind !== 0x2e && kind !== COMMA) return;
    }
  }

  function openBrace(index: number): void {
    if (!braces.has(index) && isObject(tokens, index)) braces.set(index, { what: 'object' });
  }

  for (let index = 0; index < count; index += 1) {
    const kind = kinds[index];
    const partner = partners[index] as number;
    if (kind === BRACE && braces.get(index)?.what === 'type') index = partner;
    else if (partner > index) {
      if (kind === BRACE) openBrace(index);
      const brace = enclosing();
      if (kind === PAREN && (brace?.what === 'class' || brace?.what === 'object')) {
        addMethod(index, brace);
      }
      around.push(index);
    } else if (partner >= 0) around.pop();
    else if (kind === KIND.arrow) addArrow(index);
    else if (kind === KIND.word) {
      const text = word(index);
      if (text === 'function') addFunction(index);
      else if (text === 'class') addClass(index);
      else if (text === 'interface' || text === 'type') addTypes(index);
    }
  }
  return regions;
}

/** Whether a brace begins an object, by the token before it. */
function isObject({ kinds, starts, ends, text }: Tokens, index: number): boolean {
  const before = kinds[index - 1];
  if (before === KIND.word) {
    return /^(?:return|default|yield|await|typeof|in|of|case|throw|satisfies)$/.test(
      text.slice(starts[index - 1], ends[index - 1]),
    );
  }
  if (before === undefined || before === SEMICOLON || before === BRACE || before === 0x7d) {
    return false;
  }
  return before !== 0x29 && before !== KIND.arrow && before !== 0x3e && before !== 0x5d;
}

/** The index at which the parameters of an arrow function begin, or the `async` before them. */
function arrowStart(tokens: Tokens, arrow: number): number {
  const { kinds, partners, text, starts, ends } = tokens;
  let first = arrow - 1;
  if (kinds[first] === 0x29) first = partners[first] as number;
  else {
    const closing = beforeType(tokens, first);
    if (closing >= 0) first = partners[closing] as number;
  }
  if (kinds[first] === PAREN && kinds[first - 1] === 0x3e)
    first = skipAngles(tokens, first - 1, -1);
  const before = first - 1;
  const isAsync =
    kinds[before] === KIND.word && text.slice(starts[before], ends[before]) === 'async';
  return isAsync ? before : first;
}

/**
 * The index of `)` in `(a): Type =>`, read backwards from the type's last token. -1 if that token
 * is a parameter.
 */
function beforeType(tokens: Tokens, last: number): number {
  const { kinds, partners } = tokens;
  for (let at = last; at > 0; at -= 1) {
    const kind = kinds[at];
    if (kind === COLON) {
      const isTernary = kinds[(partners[at - 1] ?? 0) - 1] === 0x3f;
      return kinds[at - 1] === 0x29 && !isTernary ? at - 1 : -1;
    }
    if (kind === 0x29 || kind === 0x5d || kind === 0x7d) at = partners[at] as number;
    else if (kind === 0x3e) at = skipAngles(tokens, at, -1);
    else if (kind !== KIND.word && kind !== 0x2e && kind !== 0x7c && kind !== 0x26) {
      if (kind !== KIND.string) return -1;
    }
  }
  return -1;
}

/** The index of the last token of an arrow function's expression. */
function expressionEnd(tokens: Tokens, arrow: number): number {
  const { kinds, partners, starts, ends, text, count } = tokens;
  let at = arrow + 1;
  for (; at < count; at += 1) {
    const kind = kinds[at];
    if (kind === COMMA || kind === SEMICOLON) break;
    const partner = partners[at] as number;
    if (partner >= 0 && partner < at) break;
    const isNext = at > arrow + 1 && endsOperand(tokens, at - 1) && beginsStatement(tokens, at);
    if (isNext && text.slice(ends[at - 1], starts[at]).includes('\n')) break;
    if (partner > at) at = partner;
  }
  return at - 1;
}

function endsOperand({ kinds }: Tokens, index: number): boolean {
  const kind = kinds[index];
  if (kind === KIND.word || kind === KIND.number || kind === KIND.string) return true;
  return kind === 0x29 || kind === 0x5d || kind === 0x7d || kind === KIND.regexp;
}

function beginsStatement({ kinds, text, starts, ends }: Tokens, index: number): boolean {
  const kind = kinds[index];
  if (kind === KIND.number || kind === KIND.string || kind === BRACE) return true;
  if (kind !== KIND.word) return false;
  return !/^(?:in|of|instanceof|as|satisfies)$/.test(text.slice(starts[index], ends[index]));
}
