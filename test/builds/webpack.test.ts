import t from 'tap';
import { failedAt, makeApp, readEvents } from '../helpers/app.ts';
import { strictServer } from '../helpers/errsight.ts';
import { pack, WEBPACK } from './builds.ts';
import { checkBuild } from './check.ts';

t.setTimeout(600_000);

for (const build of WEBPACK) {
  t.test(`what ${build.what} makes tells the source's lines and functions`, (t) =>
    checkBuild(t, build),
  );
}

/** Types, which the loader takes away, so that all lines behind them move. */
const TYPES = `interface Money {
  amount: number;
}

`;

const ORDERS = `export class Orders {
  // before anything is paid
  load() {
    const what = { ...arguments };
    throw new Error('load failed');
  }

  save() {
    const what = { ...arguments };
    throw new Error('save failed');
  }

  cancel() {
    const what = { ...arguments };
    throw new Error('cancel failed');
  }
}

export const handlers = [
  () => {
    throw new Error('first failed');
  },
  () => {
    throw new Error('second failed');
  },
];
`;

const MAIN = `import { captureException, close, init } from 'errsight';
import { handlers, Orders } from './orders';
init();
const o = new Orders();
for (const f of [() => o.load(), () => o.save(), () => o.cancel(), ...handlers])
  try { f(); } catch (e) { captureException(e); }
void close();
`;

/** What a method is called, and that of the two handlers, which have no name. */
const NAMES: Readonly<Record<string, string>> = {
  load: 'Orders.load',
  save: 'Orders.save',
  cancel: 'Orders.cancel',
  first: '',
  second: '',
};

/** webpack's own choice for development: each module is a text for `eval`, and has no map. */
const EVALED = [
  { what: 'TypeScript', extension: 'ts', types: TYPES },
  { what: 'JavaScript without a loader', extension: 'js', types: '' },
] as const;

for (const { what, extension, types } of EVALED) {
  t.test(
    `${what} that webpack evaluates without a map keeps its functions, and shows what ran`,
    async (t) => {
      const server = await strictServer(t);
      const app = makeApp(t, {
        'package.json': '{"name":"shop"}',
        [`src/orders.${extension}`]: types + ORDERS,
        [`src/main.${extension}`]: MAIN,
      });
      await pack(
        { folder: app.folder, target: 'es2022' },
        {
          mode: 'development',
          entry: `./src/main.${extension}`,
          resolve: { extensions: ['.ts', '.js'] },
        },
      );
      await app.run(['dist/main.cjs'], server);
      const events = await readEvents(server);
      t.equal(events.length, Object.keys(NAMES).length);
      for (const event of events) {
        const [bug = ''] = /\w+(?= failed)/.exec(event.message) ?? [];
        const frame = failedAt(event);
        t.equal(frame?.filename, `src/orders.${extension}`);
        t.equal(frame?.function, NAMES[bug], bug);
        t.equal(frame?.context_line?.trim(), `throw new Error('${bug} failed');`);
      }
      t.equal(new Set(events.map((event) => event.fingerprint)).size, events.length);
    },
  );
}
