import t from 'tap';
import { createJudge } from '../../src/event/scrub/names.ts';
import { ADDRESS_NAMES } from '../../src/event/scrub/address-names.ts';
import {
  GLUED,
  LAST_WORDS,
  SECRET_PAIRS,
  SECRET_STEMS,
  SECRET_WORDS,
} from '../../src/event/scrub/name-words.ts';
import { SIGN, signsOf } from '../../src/event/scrub/find/signs.ts';
import { createTextSearch } from '../../src/event/scrub/texts.ts';
import { linesOf } from '../helpers/lines.ts';

const judge = createJudge({ scrubKeys: [], sendDefaultPii: false });
const options = { judge, apiKey: `elp_${'b'.repeat(48)}`, patterns: [] };
const fast = createTextSearch(options);
/**
 * All finders look at each text, whatever signs it has. Three signs are more than signs: quotes change what `\n`
 * means, and without a `?` a form is no query.
 */
const full = createTextSearch({
  ...options,
  signs: (text) => signsOf(text) | ~(SIGN.double | SIGN.single | SIGN.question),
});

const LINES = [...linesOf('leaks/lines.txt'), ...linesOf('readable/lines.txt')].map((line) =>
  line.replaceAll(/[«»]/g, '').replaceAll('§', 'kq9xW7QzX4'),
);
/** Words with the signs behind them, and the signs alone. */
const FRAGMENTS = LINES.flatMap((line) => line.match(/\w+[^\w]{0,3}|[^\w]{1,4}/g) ?? []);
const ALONE = [
  '\n',
  ' ',
  '"',
  "'",
  '`',
  '(',
  ')',
  '=',
  ':',
  ', ',
  '\\n',
  '%3D',
  '&',
  ';',
  '\n    at f (/a.js:1:2)\n',
];

/** The same numbers in each run. */
function numbers(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % most;
  };
}

function isSame(text: string): boolean {
  return (
    fast.all(text).write(text) === full.all(text).write(text) &&
    fast.byForm(text).write(text) === full.byForm(text).write(text)
  );
}

t.test('the signs of a text refuse no finder that has something to hide in it', async (t) => {
  for (const line of LINES) if (!isSame(line)) t.fail(line);
  const next = numbers(15);
  for (let round = 0; round < 6_000; round += 1) {
    let text = '';
    const parts = 1 + next(12);
    for (let part = 0; part < parts; part += 1) {
      const list = next(4) === 0 ? ALONE : FRAGMENTS;
      text += list[next(list.length)] ?? '';
    }
    const cased = next(8) === 0 ? text.toUpperCase() : text;
    if (!isSame(cased)) {
      t.fail(
        `${JSON.stringify(cased)}: ${fast.all(cased).write(cased)} | ${full.all(cased).write(cased)}`,
      );
    }
  }
});

t.test('two lines of the corpora, one cut somewhere, are the same as well', async (t) => {
  const next = numbers(16);
  for (let round = 0; round < 3_000; round += 1) {
    const [first = '', second = ''] = [LINES[next(LINES.length)], LINES[next(LINES.length)]];
    const text = `${first.slice(next(first.length))}${ALONE[next(ALONE.length)]}${second.slice(0, 1 + next(second.length))}`;
    if (!isSame(text)) t.fail(JSON.stringify(text));
  }
});

t.test('no word of the tables of names is refused before it is judged', async (t) => {
  const pairs = [...SECRET_PAIRS].flatMap((pair) => [
    pair,
    pair.replace(' ', '_'),
    pair.replace(' ', ''),
  ]);
  const lasts = [...LAST_WORDS].flatMap(([word, nexts]) => [
    word,
    ...[...nexts].flatMap((next) => [`${word}_${next}`, `${word}${next}`]),
  ]);
  const words = [...SECRET_WORDS, ...SECRET_STEMS, ...GLUED, ...ADDRESS_NAMES, ...pairs, ...lasts];
  for (const word of words) {
    for (const name of [word, word.toUpperCase(), `my_${word}`, `${word}2`]) {
      t.ok(judge.mayDeny(name, 0, name.length), name);
    }
  }
});
