import t from 'tap';
import { linesOf, rawLinesOf } from '../helpers/lines.ts';
import { scrub } from '../helpers/scrub.ts';
import { CANARY, OTHER } from './canary.ts';

/** As people and programs make them: with letters of both sizes, and digits. */
const HEAD = CANARY.slice(0, 5).toUpperCase();
const SECRET = `${HEAD}7${OTHER}9`;

/** A line with secrets in place of `§`. Where the value itself matters it stands in `«…»`. */
function planted(line: string): { readonly text: string; readonly secrets: readonly string[] } {
  const own = Array.from(line.matchAll(/«([^»]+)»/g), ([, value = '']) => value);
  const text = line.replaceAll(/[«»]/g, '').replaceAll('§', SECRET);
  return { text, secrets: [HEAD, OTHER, ...own] };
}

function isLeaked(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => text.includes(secret));
}

/** What stands around a text where it is logged. */
const AROUND: readonly (readonly [what: string, around: (text: string) => string])[] = [
  ['alone', (text) => text],
  ['in front of a stack', (text) => `${text}\n    at f (a.js:1:2)`],
  ['as JSON', (text) => JSON.stringify({ n: 1, message: text })],
];

t.test('no secret of a line of lines.txt leaves', (t) => {
  const lines = linesOf('leaks/lines.txt');
  t.ok(lines.length >= 800, String(lines.length));
  for (const line of lines) {
    const { text: given, secrets } = planted(line);
    for (const [what, around] of AROUND) {
      const text = around(given);
      const clean = scrub.text(text, 20_000);
      if (isLeaked(clean, secrets)) t.fail(`${what}: ${text} → ${clean}`);
    }
  }
  t.end();
});

t.test('no secret of an object of objects.txt leaves, whatever it is in', (t) => {
  const lines = rawLinesOf('leaks/objects.txt');
  t.ok(lines.length >= 200, String(lines.length));
  for (const line of lines) {
    const { text, secrets } = planted(line);
    const value: unknown = JSON.parse(text);
    for (const given of [value, [value], { deep: { list: [value] } }]) {
      const clean = JSON.stringify(scrub.value(given));
      if (isLeaked(clean, secrets)) t.fail(`${line} → ${clean}`);
    }
  }
  t.end();
});
