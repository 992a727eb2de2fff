/** Each row of docs/from-other-sdks.md names an option of ours that exists, or says why there is none. */
import t from 'tap';
import * as api from '../src/index.ts';
import { resolveInitOptions } from '../src/options/resolve.ts';
import { tableUnder } from './helpers/markdown.ts';

const PAGE = 'docs/from-other-sdks.md';
const TABLES = ['Options of SDKs for Python and Rust', 'Options of Sentry for errors'];

/** `test/docs-facts.test.ts` compares that page with the reader of options. */
const options: ReadonlySet<string> = new Set(
  tableUnder('docs/options.md', 'Options').map(([name = '']) => name.replaceAll('`', '')),
);

/** Names in the right column that are neither an option nor a function: a tag, a field of a hook, of Node. */
const OTHERS: ReadonlySet<string> = new Set([
  'server',
  'error',
  'hint.originalException',
  'Error.stackTraceLimit',
  'npx',
]);

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.split(/[: ]/)[0] ?? '');
}

function camel(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

for (const table of TABLES) {
  t.test(table, (sub) => {
    const seen = new Set<string>();
    for (const [theirs = '', ours = ''] of tableUnder(PAGE, table)) {
      const names = namesIn(theirs);
      for (const name of names) {
        sub.notOk(seen.has(name), `${name} has one row`);
        seen.add(name);
        if (options.has(camel(name))) sub.notMatch(ours, /^none/, `${name} exists here`);
      }
      if (/^\[?the same\b/.test(ours)) {
        const given = names.filter((name) => name !== 'fingerprint');
        sub.strictSame(
          given.filter((name) => !options.has(camel(name))),
          [],
          `${theirs}: the same`,
        );
      } else if (!/^(?:none|always)(?::| on; ).{20}/.test(ours)) {
        sub.ok(namesIn(ours).length > 0, `${theirs}: names something`);
      }
      for (const name of namesIn(ours)) {
        const isKnown = options.has(name) || name in api || OTHERS.has(name) || seen.has(name);
        sub.ok(isKnown, `${theirs}: ${name} exists`);
      }
    }
    sub.end();
  });
}

t.test('what is said of our options is so', (sub) => {
  const config = resolveInitOptions({}, {});
  sub.equal(config.maxBreadcrumbs, 50);
  sub.throws(() => resolveInitOptions({ maxBreadcrumbs: 51 }, {}), '50 at most');
  sub.equal(config.sourceContext, true);
  sub.equal(config.maxQueueSize, 10_000);
  sub.strictSame(config.localVariables, [], 'off by default');
  sub.notOk(config.sendDefaultPii, 'off by default');
  sub.doesNotThrow(() => resolveInitOptions({ requestData: { body: true } }, {}));
  sub.doesNotThrow(() => resolveInitOptions({ sampleRate: () => 1 }, {}));
  sub.doesNotThrow(() => resolveInitOptions({ ignoreErrors: [TypeError, () => true] }, {}));
  sub.end();
});

t.test('an option in the form of those SDKs is told of by our name', (sub) => {
  for (const [theirs = ''] of tableUnder(PAGE, TABLES[0] ?? '')) {
    for (const name of namesIn(theirs)) {
      const ours = camel(name);
      if (ours === name || !options.has(ours)) continue;
      sub.throws(
        () => resolveInitOptions({ [name]: undefined }, {}),
        { message: new RegExp(`\`${name}\`; did you mean \`${ours}\``) },
        name,
      );
    }
  }
  sub.end();
});
