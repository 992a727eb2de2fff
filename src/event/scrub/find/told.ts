import type { Judge } from '../names.ts';
import type { Finder } from './finder.ts';
import { isRandom } from './random.ts';

/** What validators say in front of a value. */
const VALUE =
  /\b((?:invalid|bad|wrong|unexpected) value:?|received:?|got(?! \w{3,10} value):?|value was:?) (?:(["'`])([^"'`\n]{3,300})\2|([^\s"'`,;]{6,300}))/gi;
/** Which field it is of, behind the value. */
const FIELD =
  /^ (?:for|of|in|at|supplied to)(?: the)?(?: [a-z]{2,12}){0,2}:? ["'`]?\$?([\w.-]{2,80})/;
/** Units of the line in front of it in which the field may be named, and names among them. */
const [BEFORE, NAMES] = [160, 12];
/** Kinds of values. */
const KIND =
  /^(?:string|number|boolean|object|array|undefined|null|nan|integer|float|function|date|symbol|bigint|empty)$/i;

/** A value that a message repeats: `Variable "$password" got invalid value "x"`. */
export const findTold: Finder = (text, hide, judge) => {
  if (!text.includes('alue') && !text.includes('received') && !text.includes('got')) return;
  VALUE.lastIndex = 0;
  for (let match = VALUE.exec(text); match !== null; match = VALUE.exec(text)) {
    const [, word = '', quote, quoted, bare] = match;
    const value = quoted ?? bare ?? '';
    const isSaid = quote !== undefined && /value/i.test(word);
    if (KIND.test(value) || (!isSaid && !isRandom(value, false))) continue;
    const end = VALUE.lastIndex - (quote === undefined ? 0 : 1);
    const behind = FIELD.exec(text.slice(VALUE.lastIndex, VALUE.lastIndex + 120))?.[1];
    const isNamed =
      behind === undefined ? isNamedBefore(text, match.index, judge) : judge(behind) !== 'open';
    if (isNamed) hide(end - value.length, end);
  }
};

function isNamedBefore(text: string, at: number, judge: Judge): boolean {
  const near = text.slice(Math.max(0, at - BEFORE), at);
  const line = near.slice(near.lastIndexOf('\n') + 1);
  if (!judge.mayDeny(line, 0, line.length)) return false;
  const words = (line.match(/[\w.-]{2,80}/g) ?? []).slice(-NAMES);
  // Of a parser's tokens the word in front tells.
  return words.some((word, index) => judge(`${words[index - 1] ?? ''} ${word}`) !== 'open');
}
