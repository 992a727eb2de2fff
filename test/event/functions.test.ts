import t from 'tap';
import { findFunctions } from '../../src/event/stack/functions.ts';

/** Each source has one `here`; the name is that of the function around it. */
const ROWS: readonly (readonly [source: string, name: string | undefined, ambiguous?: true])[] = [
  ['function charge() { here }', 'charge'],
  ['async function* charge(a = {}) { here }', 'charge'],
  ['const settle = async (a) => { here };', 'settle'],
  ['const settle = (a: Map<string, number>): Promise<void> => { here };', 'settle'],
  ['const settle: Handler<Request> = async (req) => { here };', 'settle'],
  ['exports.settle = function () { here };', 'settle'],
  ['const settle = (a) => here\nconst other = 1;', 'settle'],
  ['class Till { charge(a: { b: 1 }): { c: 2 } { here } }', 'Till.charge'],
  ['class Till extends Base<{ a: 1 }> { static #charge<T>(a: T) { here } }', 'Till.#charge'],
  ['class Till { get total() { here } }', 'Till.get total'],
  ['class Till { constructor(private a = 1) { here } }', 'new Till'],
  ['class Till { charge = () => { here }; }', 'Till.charge'],
  ['const Till = class { charge() { here } };', 'Till.charge'],
  ['class Till { catch(f) { here } }', 'Till.catch'],
  ['const stock = { take() { here } };', 'take'],
  ['const stock = { take: function () { here } };', 'take'],
  ["const stock = { 'a-b'() { here } };", 'a-b'],
  ['const stock = { [name]() { here } };', undefined, true],
  ['a = { handler: () => { here } }; b = { handler: () => {} };', 'handler', true],
  ['interface A { take: () => void }\nconst a = { take: () => { here } };', 'take'],
  ["app.get('/x', async (req) => { here });", '', true],
  ['go(() => { here }, { user: { id: 1 } });', '', true],
  ['const list = [() => { here }];', '', true],
  ['function outer() { [1].map((x) => { here }); }', '', true],
  ['function outer() { if (a) { here } }', 'outer'],
  ['function outer() { const r = /[/}]/.test(`a${b({})}}`); here }', 'outer'],
  ["function outer() { /* } */ const s = '}'; here // }\n}", 'outer'],
  ['#!/usr/bin/env node\nfunction outer() { here }', 'outer'],
  ["const A = () => { return <p>Don't {here}</p>; };", 'A'],
  ['const stock = { take: function () {}, put() { here } };', 'put'],
  ['export default function () { here }', 'default'],
  ['const stock = { take: function put() { here } };', 'put'],
  ['const stock = { take: async function* put() { here } };', 'put'],
  ['class Till { charge = function pay() { here }; }', 'pay'],
  ['const stock = { async take() { here } };', 'take'],
  ['const stock = { async *take() { here } };', 'take'],
  ['class Till { static async charge() { here } }', 'Till.charge'],
  ['class Till { a(b: 1): void; a(b: 2): void; a(b) { here } }', 'Till.a'],
  ['function a(b: 1): void; function a(b: 2): void; function a(b) { here }', 'a'],
  ["@Controller('x') class Till { @Get('/y') list(@Query() q) { here } }", 'Till.list'],
  ['const f = async function* () { here };', 'f'],
  ['const f = a ? () => { here } : () => {};', '', true],
  ['const f = wrap(function go() { here });', 'go'],
];

t.test('a function has the name that its source gives it', (t) => {
  for (const [source, name, ambiguous = false] of ROWS) {
    const lines = source.slice(0, source.indexOf('here')).split('\n');
    const found = findFunctions(source)?.at(lines.length, (lines.at(-1) ?? '').length + 1);
    t.same(found, { name, isAmbiguous: ambiguous }, source);
  }
  t.end();
});

t.test('outside of all functions there is none', (t) => {
  t.equal(findFunctions('function a() {}\nhere')?.at(2, 1), undefined);
  t.equal(findFunctions('here')?.at(9, 1), undefined);
  t.end();
});

t.test('a text whose brackets do not match is not followed', (t) => {
  for (const text of ['function a( {}', '}', '(]', '`${a`'])
    t.equal(findFunctions(text), undefined);
  t.end();
});
