import type { Judge } from '../names.ts';
import type { Finder } from './finder.ts';
import { isRandom } from './random.ts';

/** Words of validators, and the value behind them. */
const VALUE =
  /\b((?:(?:invalid|bad|wrong|unexpected) )?value:?|received:?|got(?! \w{3,10} value):?|because|value was:?) (?:(["'`])([^"'`\n]{3,300})\2|([^\s"'`,;]{6,300}))/gi;
/** The name of the field, behind the value. */
const FIELD =
  /^ (?:for|of|in|at|supplied to)(?: the)?((?:(?: |: )["'`]?\$?[\w.-]{2,80}["'`]?){1,3})/;
/** Units in front of the value in which its field is looked for, and how many words of them. */
const [BEFORE, NAMES] = [160, 12];
/** Words for a kind of value, in place of the value itself. */
const KIND =
  /^(?:string|number|boolean|object|array|undefined|null|nan|integer|float|function|date|symbol|bigint|empty)$/i;

/** A value that a message repeats: `Variable "$password" got invalid value "x"`. */
export const findTold: Finder = (text, hide, judge) => {
  if (!/alue|received|got|because/.test(text)) return;
  VALUE.lastIndex = 0;
  for (let match = VALUE.exec(text); match !== null; match = VALUE.exec(text)) {
    const [, word = '', quote, quoted, bare] = match;
    const value = quoted ?? bare ?? '';
    const isSaid = quote !== undefined && /value/i.test(word);
    if (KIND.test(value) || (!isSaid && !isRandom(value, true))) continue;
    const end = VALUE.lastIndex - (quote === undefined ? 0 : 1);
    const behind = FIELD.exec(text.slice(VALUE.lastIndex, VALUE.lastIndex + 120))?.[1];
    // `value x1y2` alone says nothing about the words in front of it.
    if (behind === undefined && /^value/i.test(word) && !/^value was/i.test(word)) continue;
    const isNamed =
      behind === undefined ? isNamedBefore(text, match.index, judge) : isNamedIn(behind, judge);
    if (isNamed) hide(end - value.length, end);
  }
};

/** Whether one of the words behind a value names a secret: ` field password is`. */
function isNamedIn(words: string, judge: Judge): boolean {
  return words.split(' ').some((word) => judge(word) !== 'open');
}

function isNamedBefore(text: string, at: number, judge: Judge): boolean {
  const near = text.slice(Math.max(0, at - BEFORE), at);
  const line = near.slice(near.lastIndexOf('\n') + 1);
  if (!judge.mayDeny(line, 0, line.length)) return false;
  const words = (line.match(/[\w.-]{2,80}/g) ?? []).slice(-NAMES);
  // The word in front is judged as well, since `unexpected token` is no secret.
  return words.some((word, index) => judge(`${words[index - 1] ?? ''} ${word}`) !== 'open');
}
