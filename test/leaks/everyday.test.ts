import t from 'tap';
import { scrub } from '../helpers/scrub.ts';
import { CANARY, isLeaked, OTHER } from './canary.ts';
import { EVERYDAY, SPOKEN } from './everyday.ts';
import { ENCODINGS } from './forms.ts';

/** Small letters alone are the hardest: they could be a word. */
const WORD = CANARY;
const MIXED = `${CANARY.slice(0, 5).toUpperCase()}7${OTHER}9`;

const AROUND: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `it failed\n${text}`,
  (text) => `${text}\n    at f (a.js:1:2)`,
];

t.test('there are many of them', (t) => {
  t.ok(EVERYDAY.length + SPOKEN.length >= 200, String(EVERYDAY.length + SPOKEN.length));
  t.end();
});

t.test('no secret of an everyday text leaves, whatever it is encoded as', (t) => {
  for (const line of EVERYDAY) {
    for (const secret of [WORD, MIXED]) {
      for (const around of AROUND) {
        for (const [encoding, encode] of ENCODINGS) {
          const text = encode(around(line.replaceAll('§', secret)));
          const clean = scrub.text(text, 20_000);
          if (isLeaked(clean)) t.fail(`${encoding}: ${text} → ${clean}`);
        }
      }
    }
  }
  t.end();
});

t.test('nor does what people say, where it is no word', (t) => {
  for (const line of SPOKEN) {
    for (const around of AROUND) {
      const text = around(line.replaceAll('§', MIXED));
      const clean = scrub.text(text, 20_000);
      if (isLeaked(clean)) t.fail(`${text} → ${clean}`);
    }
  }
  t.end();
});

t.test('a part of a path behind the name of a secret does not leave', (t) => {
  for (const path of ['reset-password', 'api/tokens', 'sessions', 'invite', 'magic-link']) {
    const text = `GET https://x.example/v1/${path}/${CANARY}0${OTHER} 404`;
    t.equal(scrub.text(text, 2_000), `GET https://x.example/v1/${path}/[Filtered] 404`);
  }
  t.end();
});
