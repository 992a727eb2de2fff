import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import t from 'tap';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { groupingOf } from '../../src/event/make/group.ts';
import { createProjectFiles } from '../../src/event/stack/files.ts';
import { isMinifiedName, statementAt } from '../../src/event/stack/minified.ts';
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
  t.ok(statementAt('x+'.repeat(10_000), 1).length <= 200);
});

const SOURCE = `
class PaymentError extends Error {}
const table = { ${Array.from({ length: 40 }, (_, n) => `key_${n}: 'some text number ${n}'`).join(', ')} };
function charge(order) { if (order.id in table) return 1; throw new PaymentError('declined ' + order.id); }
function refund(order) { if (order.id in table) return 1; throw new PaymentError('refused ' + order.id); }
export const handlers = { charge: (order) => charge(order), refund: (order) => refund(order) };
`;
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
      groups[release] = ['charge', 'refund'].map((name) => {
        let thrown: unknown;
        try {
          handlers[name]!({ id: `o${release}` });
        } catch (error) {
          thrown = error;
        }
        const error = read(thrown);
        const { frames, isTelling, apart } = error;
        const given = { message: error.message, className: error.class, error, frames };
        return JSON.stringify(groupingOf({ ...given, isTelling, apart }));
      });
    }
    t.strictSame(groups[0], groups[1], 'the same in both releases');
    t.not(groups[0]?.[0], groups[0]?.[1], 'two issues');
    t.match(groups[0]?.[0], /declined/);
  },
);
