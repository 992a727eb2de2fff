import type { Finder } from './finder.ts';
import { hasAll, signsOf } from './signs.ts';

/** The caller's address in front of a line of an access log, as morgan, Apache and nginx write it. */
const CALLER =
  /^[\da-f.:]{2,45}(?= \S{1,200} (?:\S{1,200} \[[^\]\n]{1,100}\] "|[A-Z-]{1,20} \S{1,8000} HTTP\/))/gim;

const NEEDED = signsOf(' /');

export const findCallers: Finder = (text, hide, judge, signs) => {
  if (!hasAll(signs, NEEDED) || !text.includes('HTTP/') || judge('ip') === 'open') return;
  CALLER.lastIndex = 0;
  for (let match = CALLER.exec(text); match !== null; match = CALLER.exec(text)) {
    hide(match.index, CALLER.lastIndex);
  }
};
