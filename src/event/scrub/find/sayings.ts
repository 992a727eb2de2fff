import type { Finder } from './finder.ts';

/** UTF-16 units of a value. */
const MOST = 2_000;

/** How libraries and databases say which value a field had. */
const SAYINGS: readonly (readonly [gate: string, pattern: RegExp])[] = [
  // Joi, celebrate: "password" with value "x" fails to match the required pattern
  ['with value', /["'`]([\w.[\]-]{1,100})["'`] with value ["'`]/g],
  // mongoose: Path `password` (`x`) is shorter than the minimum allowed length
  ['` (`', /`([\w.[\]-]{1,100})` \(`/g],
  // mongoose: Cast to String failed for value "x" (type Object) at path "password"
  // pg: Key (password)=(x) already exists.
  [')=(', /\(([\w.,\s"-]{1,200})\)=\(/g],
  // yup: password must match the following: "…", but the final value was: `x`
  ['value was: `', /([\w.[\]-]{1,100}) must [^\n`]{1,300}value was: `/g],
];
const CAST =
  /for value ["'`]([^\n]{1,300}?)["'`] (?:\(type \w{1,50}\) )?at path ["'`]([\w.[\]-]{1,100})["'`]/g;
/** MySQL: Duplicate entry 'x' for key 'users.password' */
const DUPLICATE = /Duplicate entry '([^\n]{1,1000}?)' for key '([\w.-]{1,200})'/g;

/** A variable of Kubernetes and Compose: its name on one line, its value on the next one. */
const VARIABLE =
  /\b(?:name|key):[ \t]{0,9}["']?([\w.-]{1,100})["']?[ \t]{0,9}\r?\n[ \t]{0,99}value:[ \t]{0,9}["']?([^\n"']{1,2000})/g;
export const findSayings: Finder = (text, hide, judge) => {
  if (text.includes('value:')) {
    VARIABLE.lastIndex = 0;
    for (let match = VARIABLE.exec(text); match !== null; match = VARIABLE.exec(text)) {
      const [, name = '', value = ''] = match;
      if (judge(name) !== 'open') hide(VARIABLE.lastIndex - value.length, VARIABLE.lastIndex);
    }
  }
  if (!text.includes('`') && !text.includes("'") && !text.includes('"') && !text.includes(')=(')) {
    return;
  }
  for (const [gate, pattern] of SAYINGS) {
    if (!text.includes(gate)) continue;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      if (judge(match[1] ?? '') === 'open') continue;
      const start = pattern.lastIndex;
      const opening = text.charAt(start - 1);
      const end = text.slice(start, start + MOST).indexOf(opening === '(' ? ')' : opening);
      hide(start, end === -1 ? Math.min(text.length, start + MOST) : start + end);
    }
  }
  for (const [gate, pattern] of [
    ['at path', CAST],
    ['Duplicate entry', DUPLICATE],
  ] as const) {
    if (!text.includes(gate)) continue;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const [whole, value = '', name = ''] = match;
      const start = match.index + whole.indexOf(value);
      if (judge(name) !== 'open') hide(start, start + value.length);
    }
  }
};
