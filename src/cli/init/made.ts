/** Finds where an application is made and how it is named. */
import { closingOf, endOfStatement } from './code.ts';
import type { Source } from './source.ts';

/** An application as a file makes it. */
export interface Made {
  /** Its name: `app`, `this.app`. Undefined if it has no name or is a field of a class. */
  readonly name: string | undefined;
  /** Its name within methods of the class. */
  readonly inMethods: string | undefined;
  /** Where the statement begins. */
  readonly index: number;
  /** Where the expression that makes it begins and ends. */
  readonly start: number;
  readonly end: number;
}

const FIELD = String.raw`^[ \t]*(?:(?:public|private|protected|readonly|static|override)\s+)*(#?[\w$]+)[^=\n;()]*=\s*`;

/** @param form of the expression without its arguments, as a pattern */
export function madeBy(source: Source, form: string): Made | undefined {
  const { code } = source;
  const through = String.raw`(?:\(?\s*[\w$.]+\s*=\s*)*`;
  const named = new RegExp(
    String.raw`\b(?:const|let|var)\s+([\w$]+)\b[^=\n;]*=\s*${through}(?=${form})`,
  );
  const member = new RegExp(String.raw`(this\.#?[\w$]+)\s*=\s*(?=${form})`);
  const field = new RegExp(`${FIELD}(?=${form})`, 'm');
  const anywhere = new RegExp(String.raw`(?<![\w$.])(?=${form})`);
  for (const pattern of [named, member, field, anywhere]) {
    const found = pattern.exec(code);
    if (found === null) continue;
    const start = found.index + found[0].length;
    const end = endOfExpression(code, start, form);
    const [, name] = found;
    if (pattern !== field) return { name, inMethods: name, index: found.index, start, end };
    const isVariable = new RegExp(String.raw`\b(?:let|var)\s+${name}\b`).test(code);
    const index = found.index + (/^\s*/.exec(found[0])?.[0].length ?? 0);
    return isVariable
      ? { name, inMethods: name, index, start, end }
      : { name: undefined, inMethods: `this.${name}`, index, start, end };
  }
  return undefined;
}

/** The end of the expression, behind its arguments if it has any. */
function endOfExpression(code: string, start: number, form: string): number {
  const head = new RegExp(form, 'y');
  head.lastIndex = start;
  let at = start + (head.exec(code)?.[0].length ?? 0);
  if (code[at - 1] === '(') at -= 1;
  if (code[at] === '<') at = behindTypes(code, at);
  const blanks = /^\s*/.exec(code.slice(at))?.[0].length ?? 0;
  return code[at + blanks] === '(' ? closingOf(code, at + blanks) + 1 : at;
}

function behindTypes(code: string, start: number): number {
  let depth = 0;
  for (let at = start; at < code.length; at += 1) {
    if (code[at] === '<') depth += 1;
    if (code[at] === '>' && code[at - 1] !== '=') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return start;
}

/** Passes the application to `captureErrors` right after it was made. */
export function captureMade(source: Source, { name, index, start, end }: Made): void {
  if (name === undefined) {
    source.insert(start, 'captureErrors(');
    source.insert(end, ')');
  } else {
    source.addLine(endOfStatement(source.code, index), `captureErrors(${name});`, index);
  }
  source.use('errsight', 'captureErrors');
}
