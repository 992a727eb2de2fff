import t from 'tap';
import { mayNeverEnd } from '../src/options/repetition.ts';
import { resolveOptions } from '../src/options/options.ts';

const ENDLESS: readonly RegExp[] = [
  /(a+)+$/,
  /(a*)*b/,
  /(\w+\s?)+$/,
  /(a|aa)+$/,
  /^(([a-z])+.)+[A-Z]([a-z])+$/,
  /(?:\d+)*x/,
  /((a+)b?)+c/,
  /(\w|\d)+$/,
  /(?:a{1,}){2,}/,
  /(x+x+)+y/,
  /(?<name>[^,]*,?)*$/,
];
const HARMLESS: readonly RegExp[] = [
  /\bCUST-\d{8}\b/,
  /(\d+-)+\d+/,
  /(?:foo|bar)+/,
  /\b\d{3}-\d{2}-\d{4}\b/,
  /(?:\d{4}[- ]?){3}\d{4}/,
  /"pan":"[^"]+"/,
  /(?:\w+\.)+\w+/,
  /\p{L}+-\d+/u,
  /(?:key|token)=\S+/i,
  /[(+*)]+\)/,
  /(?:)/,
];

t.test('a pattern that may never end is refused at start, with its name', (t) => {
  for (const pattern of ENDLESS) {
    t.ok(mayNeverEnd(pattern), String(pattern));
    t.throws(() => resolveOptions({ scrubPatterns: [/a/, pattern] }, {}), {
      option: 'scrubPatterns[1]',
      message: /repeats nothing that repeats itself/,
    });
  }
  t.end();
});

t.test('others are taken', (t) => {
  for (const pattern of HARMLESS) t.notOk(mayNeverEnd(pattern), String(pattern));
  t.end();
});
