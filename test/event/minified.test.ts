import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import t from 'tap';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { groupingOf } from '../../src/event/make/group.ts';
import { createProjectFiles } from '../../src/event/stack/files.ts';
import {
  isMinifiedName,
  statementAt,
  withoutMinified,
  wordsBefore,
} from '../../src/event/stack/minified.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { createSourceReader } from '../../src/event/stack/source-lines.ts';
import { createSourceTexts } from '../../src/event/stack/source-text.ts';
import { scrub } from '../helpers/scrub.ts';

t.test('the names that minifiers give are told from those that people give', async (t) => {
  for (const name of ['t', 'a1', '$e', 'xY2', '_', 'aBc']) t.ok(isMinifiedName(name), name);
  for (const name of ['Err', 'DBX', 'main', 'charge']) t.notOk(isMinifiedName(name), name);
});

t.test('a statement is the same whatever a minifier calls what is in it', async (t) => {
  const rows: readonly (readonly [code: string, expected: string])[] = [
    ['new t("declined "+e);return e}function c(e){', 'new _("declined "+_)'],
    ['new Qe("declined "+r)}', 'new _("declined "+_)'],
    ['await h.charge(e,{id:5}).catch(x=>x)', 'await _.charge(_,'],
    ["throw n(`a ${'b;'}`)", "throw _(`a ${'b;'}`)"],
    ['', ''],
  ];
  for (const [code, expected] of rows) t.equal(statementAt(`var a=1;${code}`, 9), expected);
  t.equal(statementAt('e=>e.user.name)', 11), '.name)', 'with the member that is read');
  t.equal(statementAt('e=>e.user?.name)', 12), '?.name)');
  t.ok(statementAt('x+'.repeat(10_000), 1).length <= 200);
});

t.test('what stands in front of a statement is told without the names of a minifier', async (t) => {
  const end = 'throw new t("gone")';
  const rows: readonly (readonly [code: string, expected: string])[] = [
    [
      'e.get("/users/:id",async n=>{if(!await r.users.find(n.params.id))',
      '.users .find .params .id',
    ],
    [
      't.get("/users/:id",async o=>{if(!await c.users.find(o.params.id))',
      '.users .find .params .id',
    ],
    ['a("/orders",()=>{', '"/orders"'],
    ["a('some text',e=>{b('orders.paid')", "'orders.paid'"],
    ['var a=1;', ''],
  ];
  for (const [code, expected] of rows) {
    t.equal(wordsBefore(code + end, code.length + 7), expected, code);
  }
  // Where it is cut within a string nothing between two strings is taken for one.
  const long = `"${'text '.repeat(70)}"),e=c("b c"),n=d("e f");`;
  t.equal(wordsBefore(long, long.length), '');
});

t.test('names in minified code are told without what is the minifier\u2019s', async (t) => {
  const rows = {
    'a.remove': 'remove',
    'c.b.remove': 'remove',
    'Users.remove': 'Users.remove',
    'get total': 'get total',
    'a.get total': 'get total',
    'new t': '',
    'new Users': 'new Users',
    'a.b': '',
    remove: 'remove',
    e: '',
  };
  for (const [name, expected] of Object.entries(rows))
    t.equal(withoutMinified(name), expected, name);
});

const SOURCE = `
class PaymentError extends Error {}
const table = { ${Array.from({ length: 40 }, (_, n) => `key_${n}: 'some text number ${n}'`).join(', ')} };
function charge(order) { if (order.id in table) return 1; throw new PaymentError('declined ' + order.id); }
class Users { remove(order) { throw new TypeError('no ' + order.id); } }
class Goods { remove(order) { throw new TypeError('no ' + order.id); } }
const users = { find: () => null }, goods = { find: () => null };
function refund(order) { if (order.id in table) return 1; throw new PaymentError('refused ' + order.id); }
export const handlers = { charge: (order) => charge(order), refund: (order) => refund(order),
  user: (order) => { users.find(order.id); throw new PaymentError('gone'); },
  good: (order) => { goods.find(order.id); throw new PaymentError('gone'); },
  name: (order) => order.user.name, mail: (order) => order.session.mail,
  removed: (order) => new Users().remove(order) };
export const more2 = () => new Goods();
`;
const HANDLERS = ['charge', 'refund', 'user', 'good', 'name', 'mail', 'removed'];

/** Another release, in which all names are others. */
const CHANGED = SOURCE.replace(
  'class PaymentError',
  `const unrelated = (a, b, c) => { const d = a + b; return d * c; };
  export const more = [unrelated(1, 2, 3), unrelated.name.length];
  class PaymentError`,
);

t.test(
  'handlers of a minified bundle without a map are issues of their own, in each release',
  async (t) => {
    const groups: string[][] = [];
    for (const [release, source] of [SOURCE, CHANGED].entries()) {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'errsight-minified-')));
      t.teardown(() => rmSync(folder, { recursive: true }));
      const { code } = await transform(source, { minify: true, format: 'esm' });
      const file = join(folder, 'out.mjs');
      writeFileSync(file, code);
      const { handlers } = (await import(pathToFileURL(file).href)) as {
        handlers: Record<string, (order: { id: string }) => void>;
      };
      const files = createProjectFiles(folder);
      const texts = createSourceTexts(files);
      const read = createExceptionReader({
        scrub,
        paths: createPathRules({ projectRoot: folder }),
        files,
        texts,
        source: createSourceReader(texts),
      });
      groups[release] = HANDLERS.map((name) => {
        let thrown: unknown;
        try {
          handlers[name]!({ id: `o${release}` });
        } catch (error) {
          thrown = error;
        }
        const error = read(thrown);
        const { frames, isTelling, apart } = error;
        const given = { message: error.message, className: error.class, error, frames };
        const grouping = groupingOf({ ...given, isTelling, apart });
        return JSON.stringify([grouping, error.class, frames[0]?.function]);
      });
    }
    t.strictSame(groups[0], groups[1], 'the same in both releases');
    t.equal(new Set(groups[0]).size, HANDLERS.length, 'an issue of each');
    t.match(groups[0]?.[0], /declined/);
  },
);
