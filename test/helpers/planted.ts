import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { Recipe } from './recipe.ts';

/** Letters only: digits are folded where messages are grouped, which would hide a leak. */
function randomText(length: number, letters: string): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
}

/** What must not leave, wherever it is planted. */
export const MARKER: string = randomText(24, 'bcdfghjklmnpqrstvwxz');
export const API_KEY: string = `elp_${randomText(48, 'abcdef')}`;

/** Pieces of both: half a secret is too much as well. */
export const SECRET_PARTS: readonly (readonly [what: string, part: string])[] = [
  ...[0, 8, 16].map((at) => ['a secret', MARKER.slice(at, at + 8)] as const),
  ...[4, 16, 28, 40].map((at) => ['the API key', API_KEY.slice(at, at + 12)] as const),
];

/** Denied names by their words; those that are denied within other words as well come first. */
const WITHIN = [
  ['password'],
  ['authorization'],
  ['set', 'cookie'],
  ['x', 'api', 'key'],
  ['api', 'token'],
  ['session', 'id'],
  ['client', 'secret'],
  ['csrf', 'token'],
  ['private', 'key'],
  ['proxy', 'authorization'],
  ['iban'],
];
const WHOLE = [['sid'], ['connect', 'sid'], ['pin'], ['jwt'], ['x', 'real', 'ip'], ['auth']];

const CASES: readonly ((words: readonly string[]) => readonly string[])[] = [
  (words) => words,
  (words) => words.map((word) => word.toUpperCase()),
  (words) => words.map(capital),
  ([first = '', ...rest]) => [first, ...rest.map(capital)],
];

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function spelled(joiners: readonly string[], affixes: readonly string[]): fc.Arbitrary<string> {
  const spell = (words: readonly string[][]): fc.Arbitrary<string> =>
    fc
      .tuple(fc.constantFrom(...words), fc.constantFrom(...CASES), fc.constantFrom(...joiners))
      .map(([name, write, joiner]) => write(name).join(joiner));
  const affix = fc.constantFrom('', ...affixes);
  return fc.oneof(
    spell(WHOLE),
    fc.tuple(affix, spell(WITHIN), affix).map((parts) => parts.join('')),
  );
}

/** As keys are spelled, also by people who mean harm. */
const deniedKey = spelled(
  ['', '-', '_', '.', ' ', '\u0000', '\u200b', ':'],
  ['user_', 'x-', '[0]', '_aj_', '__proto__', '\u0000', '\ud800'],
);
/** As they may stand in texts of any form. */
const deniedWord = spelled(['', '-', '_'], ['user_', 'x-', 'Old']);

/** What a denied key can hold. */
const heldSecret: fc.Arbitrary<Recipe> = fc.constantFrom(
  new Recipe('MARKER', () => MARKER),
  new Recipe('[MARKER]', () => [MARKER]),
  new Recipe('{ a: { b: MARKER } }', () => ({ a: { b: MARKER } })),
  new Recipe('{ MARKER: 1 }', () => ({ [MARKER]: 1 })),
  new Recipe('Symbol(MARKER)', () => Symbol(MARKER)),
  new Recipe('new Map([[MARKER, MARKER]])', () => new Map([[MARKER, MARKER]])),
  new Recipe('new Error(MARKER)', () => new Error(MARKER)),
  new Recipe('new String(MARKER)', () => Object(MARKER) as unknown),
  new Recipe('{ toJSON: MARKER }', () => ({ toJSON: () => MARKER })),
);

/** What holds a secret under a name, in every shape that a walk meets. */
const HOLDERS: readonly (readonly [
  what: string,
  hold: (name: string, value: unknown) => unknown,
])[] = [
  ['an object', (name, value) => own(name, value)],
  [
    'a getter',
    (name, value) => Object.defineProperty({}, name, { get: () => value, enumerable: true }),
  ],
  ['no prototype', (name, value) => Object.assign(Object.create(null) as object, own(name, value))],
  ['headers', (name, value) => ({ headers: own(name, value), res: { headers: own(name, value) } })],
  ['a Map', (name, value) => new Map([[name, value]])],
  ['a Set', (name, value) => new Set([own(name, value)])],
  ['an array', (name, value) => [[own(name, value)]]],
  [
    'an Error',
    (name, value) => Object.defineProperty(new Error('e'), name, { value, enumerable: true }),
  ],
  ['a cause', (name, value) => new Error('e', { cause: own(name, value) })],
  ['members', (name, value) => new AggregateError([own(name, value)], 'e')],
  ['toJSON', (name, value) => ({ toJSON: () => own(name, value) })],
  ['a Proxy', (name, value) => new Proxy(own(name, value), {})],
  ['a request', (name, value) => ({ req: { id: own(name, value), headers: own(name, value) } })],
  ['a request id', (name, value) => ({ reqId: own(name, value) })],
  ['frozen', (name, value) => Object.freeze(own(name, value))],
];

function own(name: string, value: unknown): object {
  return Object.defineProperty({}, name, { value, enumerable: true, configurable: true });
}

/** The name beside its value, as Node, Fastify and HAR files write headers. */
const BESIDE: typeof HOLDERS = [
  [
    'pairs',
    (name, value) => [
      [name, value],
      ['host', 'x'],
    ],
  ],
  ['{ name, value }', (name, value) => [{ name, value }]],
  ['{ key, value }', (name, value) => [{ key: name, value }]],
  ['rawHeaders', (name, value) => ({ rawHeaders: ['Host', 'x', name, value] })],
];
/** False leaves the forms above out. */
const BESIDE_IS_CLAIMED: boolean = true;

const planted: fc.Arbitrary<Recipe> = fc
  .tuple(fc.constantFrom(...HOLDERS), deniedKey, heldSecret)
  .map(
    ([[what, hold], name, secret]) =>
      new Recipe(`${what} with ${JSON.stringify(name)}: ${secret.text}`, () =>
        hold(name, secret.make()),
      ),
  );

const plantedBeside: fc.Arbitrary<Recipe> = fc
  .tuple(fc.constantFrom(...BESIDE), deniedWord)
  .map(([[what, hold], name]) => new Recipe(`${what} with ${name}`, () => hold(name, MARKER)));

/** Texts that hold a secret by a name, or in a place, that gives it away. */
const TEXTS: readonly ((name: string) => string)[] = [
  (name) => `?a=1&${name}=${MARKER}&b=2`,
  (name) => `GET https://x.example/a?${encodeURIComponent(name)}=${MARKER}#top`,
  (name) => `/login?next=/callback?${name}=${MARKER}`,
  (name) => `level=info url=https://x.example/?a=b&${name}=${MARKER} ms=3`,
  (name) => `url=https://x.example/?${name}=${MARKER} ms=3`,
  (name) => `${name}=${MARKER}`,
  (name) => `${name}="${MARKER} ${MARKER}" user=ada`,
  () => `https://ada:${MARKER}@db.example/x`,
  () => `redis://:${MARKER}@cache:6379`,
  (name) => `Cookie: theme=dark; ${name}=${MARKER}; Path=/`,
  (name) => `POST / HTTP/1.1\r\n${name}: ${MARKER}\r\nHost: x\r\n\r\n`,
  (name) => JSON.stringify({ head: `GET / HTTP/1.1\r\n${name}: ${MARKER}\r\nHost: x` }),
  () => `connection refused\nAuthorization: Basic ${MARKER}\nHost: x`,
  () => `\nauthorization: ${MARKER}`,
  () => `sent Bearer ${MARKER}.${MARKER}`,
  (name) => JSON.stringify({ a: [{ [name]: MARKER, b: 1 }] }),
  (name) => JSON.stringify({ a: { [name]: `"${MARKER}\\` } }, null, 2),
  (name) => JSON.stringify({ [name]: { a: [{ b: `]}"${MARKER}` }, MARKER] }, c: 1 }),
  (name) =>
    JSON.stringify({ body: JSON.stringify({ [name]: MARKER, b: `"${MARKER.slice(0, 0)}` }) }),
  (name) => JSON.stringify({ body: JSON.stringify({ [name]: ['"', MARKER] }) }),
  (name) => JSON.stringify({ body: `a=1&${name}=${MARKER}` }),
  (name) => JSON.stringify({ body: `${name}=${MARKER}` }),
  (name) => `{"${name}":"${`${MARKER} `.repeat(200)}"}`,
  () => API_KEY,
];

/** Around a text, so that nothing of it becomes part of the name or the secret. */
const AROUND = ['', 'failed: ', 'a\nb ', 'x '.repeat(100), 'x '.repeat(4_080), '[31m '];

export const secretText: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...AROUND), fc.constantFrom(...TEXTS), deniedWord)
  .map(([before, write, name]) => before + write(name));

/** The key itself, as part of texts and keys. */
export const withApiKey: fc.Arbitrary<string> = fc
  .tuple(fc.nat({ max: 400 }), fc.constantFrom('', 'x', '=', '\u0000', '/'))
  .map(([length, after]) => 'y'.repeat(length) + API_KEY + after);

/** Something with a secret that must not leave. */
export const secretHolder: fc.Arbitrary<Recipe> = fc.oneof(
  { arbitrary: planted, weight: 4 },
  ...(BESIDE_IS_CLAIMED ? [plantedBeside] : []),
  secretText.map((text) => new Recipe(JSON.stringify(text), () => text)),
  withApiKey.map((text) => new Recipe(JSON.stringify(text), () => text)),
  withApiKey.map((text) => new Recipe(`{ [${JSON.stringify(text)}]: 1 }`, () => own(text, 1))),
);

/** The same as a log line has it: only what JSON can say. */
export const heldInJson: fc.Arbitrary<unknown> = fc.oneof(
  fc
    .tuple(deniedKey, fc.constantFrom<unknown>(MARKER, [MARKER], { a: { b: [MARKER] } }))
    .map(([name, secret]) => own(name, secret)),
  fc
    .tuple(deniedWord, fc.constantFrom('req', 'headers', 'err', 'config'))
    .map(([name, around]) => ({
      [around]: { headers: own(name, MARKER), list: [own(name, [MARKER])] },
    })),
  ...(BESIDE_IS_CLAIMED
    ? [
        fc
          .tuple(deniedWord, fc.constantFrom(...BESIDE))
          .map(([name, [, hold]]) => hold(name, MARKER)),
      ]
    : []),
  secretText,
  withApiKey,
);
