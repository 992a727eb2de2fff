import fc from 'fast-check';
import t from 'tap';
import { scrub } from '../helpers/scrub.ts';
import { card, CANARY, heartOf, isLeaked, secretWith, tokenOf } from './canary.ts';
import { ENCODINGS, FORMS, NAMES, TOKENS } from './forms.ts';

const RUNS = 40_000 * Number(process.env['ERRSIGHT_FUZZ_RUNS'] ?? '1');

/** In front of a text, and behind it, so that nothing of it becomes part of the name or the secret. */
const BEFORE = [
  '',
  'failed: ',
  'a\nb\n',
  'x '.repeat(100),
  '[31m ',
  '{ ',
  'it\'s "odd": ',
  '% ',
  '\\ ',
];
const AFTER = ['', '\n', ' and more', '\n    at f (a.js:1:2)', ' x'.repeat(50)];

const planted = fc
  .record({
    form: fc.constantFrom(...FORMS),
    name: fc.constantFrom(...NAMES),
    encoding: fc.constantFrom(...ENCODINGS),
    before: fc.constantFrom(...BEFORE),
    after: fc.constantFrom(...AFTER),
    sign: fc.nat(),
  })
  .map(({ form, name, encoding: [encoding, encode], before, after, sign }) => {
    const secret = secretWith(form.signs.charAt(sign % (form.signs.length + 1)));
    // A header, and a line, begin one.
    const isLine = /^(?:an only line|a header|YAML|multipart)/.test(form.what);
    const start = isLine && before !== '' ? `${before}\n` : before;
    // Four levels of texts in texts are undone.
    const write =
      form.what === 'JSON in JSON in JSON' && encoding.endsWith('twice') ? String : encode;
    const text = write(`${start}${form.write(name, secret)}${after}`);
    return { what: `${form.what}, ${name}, in ${encoding}: ${text}`, text };
  });

t.test('each form hides its secret for each name', (t) => {
  for (const form of FORMS) {
    for (const name of NAMES) {
      for (const sign of ['', ...Array.from(form.signs)]) {
        const text = form.write(name, secretWith(sign));
        const clean = scrub.text(text, 10_000);
        if (isLeaked(clean)) t.fail(`${form.what}: ${text} → ${clean}`);
      }
    }
  }
  t.end();
});

t.test('whatever is around a secret, and however it is encoded, it does not leave', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(planted, ({ what, text }) => {
        const clean = scrub.text(text, 20_000);
        if (isLeaked(clean)) throw new Error(`${what}\n→ ${clean}`);
      }),
      { numRuns: RUNS },
    ),
  );
  t.end();
});

t.test('a secret by its own form needs no name', (t) => {
  for (const [what, shape] of TOKENS) {
    for (const [encoding, encode] of ENCODINGS) {
      for (const before of ['', 'x: ', '"', '(', 'a=']) {
        const token = tokenOf(shape);
        const clean = scrub.text(encode(`${before}${token}${before === '"' ? '"' : ' '}y`), 10_000);
        if (clean.includes(heartOf(token))) t.fail(`${what}, ${encoding}: ${token} → ${clean}`);
        if (scrub.code(`const a = '${token}';`, 2_000).includes(heartOf(token))) t.fail(what);
      }
    }
  }
  t.end();
});

t.test('cards, bank accounts and keys do not leave', (t) => {
  for (const [prefix, length] of [
    ['4', 16],
    ['51', 16],
    ['2221', 16],
    ['34', 15],
    ['6011', 16],
    ['36', 14],
  ] as const) {
    for (let round = 0; round < 50; round += 1) {
      const number = card(prefix, length);
      const written = [number];
      if (length === 16)
        written.push(number.replace(/(.{4})(?=.)/g, '$1 '), number.replace(/(.{4})(?=.)/g, '$1-'));
      for (const each of written) {
        const clean = scrub.text(`paid with ${each}, then left`, 200);
        if (clean !== 'paid with [Filtered], then left') t.fail(`${each} → ${clean}`);
      }
    }
  }
  for (const iban of [
    'DE89370400440532013000',
    'GB33 BUKB 2020 1555 5555 55',
    'FR1420041010050500013M02606',
  ]) {
    t.equal(scrub.text(`from ${iban} to us`, 200), 'from [Filtered] to us');
  }
  for (const end of ['\n', '\\n', '\r\n']) {
    const key = `-----BEGIN RSA PRIVATE KEY-----${end}${CANARY}${end}-----END RSA PRIVATE KEY-----`;
    t.equal(scrub.text(`key: x ${key} y`, 500), 'key: x [Filtered] y');
    t.equal(scrub.text(key.slice(0, 50), 500), '[Filtered]');
  }
  t.end();
});
