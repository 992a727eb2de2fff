import t, { type Test } from 'tap';
import { failedAt, makeApp, occurrences, readEvents, WAYS } from './helpers/app.ts';
import type { App, AppOptions, Modules, ReadEvent, Way } from './helpers/app.ts';
import { strictServer, type TestErrsight } from './helpers/errsight.ts';

// A dozen processes take their time on a busy machine.
t.setTimeout(600_000);

const MESSAGES = [
  'order 17 was not found',
  'order 7c9e6679-7425-40de-944b-e07fc1f90ae7 was not found',
  'the card of Ada was declined',
];

/** Each bug ends the line that fails with its name. */
const BUGS = `
function charge(message) {
  throw new Error(message); // charge
}

class Cart {
  add(message) {
    throw new Error(message); // Cart.add
  }

  static load(message) {
    throw new Error(message); // Cart.load
  }

  set total(message) {
    throw new Error(message); // Cart.total
  }
}

class Wish extends Cart {
  add(message) {
    throw new Error(message); // Wish.add
  }
}

async function refund(message) {
  await null;
  throw new Error(message); // refund
}

const settle = (message) => {
  throw new Error(message); // settle
};

const stock = {
  take(message) {
    throw new Error(message); // stock.take
  },
};

function parse(message) {
  return JSON.parse(message); // parse
}

function lookUp(message) {
  return null[message]; // lookUp
}

function wrap(message) {
  try {
    charge(message);
  } catch (cause) {
    throw new Error(message, { cause }); // wrap
  }
}

function* steps(message) {
  throw new Error(message); // steps
}

const BUGS = {
  charge,
  'Cart.add': (message) => new Cart().add(message),
  'Cart.load': (message) => Cart.load(message),
  'Cart.total': (message) => Object.assign(new Cart(), { total: message }),
  'Wish.add': (message) => new Wish().add(message),
  refund,
  settle,
  'stock.take': (message) => stock.take(message),
  parse,
  lookUp,
  wrap,
  steps: (message) => steps(message).next(),
};
`;

const MAIN = `
async function main() {
  for (const message of ${JSON.stringify(MESSAGES)}) {
    for (const [bug, run] of Object.entries(BUGS)) {
      try {
        await run(message);
      } catch (err) {
        report(err, bug);
      }
    }
  }
}

main();
`;

const NAMES = [...BUGS.matchAll(/\/\/ (\S+)$/gm)].map(([, name = '']) => name);

/** The same code as ES modules and as CommonJS: its lines have the same numbers. */
function shop(modules: Modules, bugs = BUGS): Readonly<Record<string, string>> {
  return modules === 'module'
    ? {
        'src/shop.js': `${bugs}\nexport { BUGS };\n`,
        'main.js': `import { report } from './report.js';
          import { BUGS } from './src/shop.js';\n${MAIN}`,
      }
    : {
        'src/shop.js': `${bugs}\nmodule.exports = { BUGS };\n`,
        'main.js': `const { report } = require('./report.js');
          const { BUGS } = require('./src/shop.js');\n${MAIN}`,
      };
}

function shopApp(t: Test, options: AppOptions = {}, bugs = BUGS): App {
  return makeApp(t, shop(options.modules ?? 'module', bugs), options);
}

/** The issues that each bug is in. */
function issuesOf(events: readonly ReadEvent[]): Map<string, Set<string>> {
  const issues = new Map<string, Set<string>>();
  for (const { tags, fingerprint } of events) {
    const bug = tags.bug ?? '';
    issues.set(bug, (issues.get(bug) ?? new Set()).add(fingerprint));
  }
  return issues;
}

/** That each bug is one issue, and no two are the same one. */
async function groups(
  t: Test,
  server: TestErrsight,
  names: readonly string[],
  count: number,
): Promise<void> {
  const issues = issuesOf(await readEvents(server));
  t.same([...issues.keys()].toSorted(), names.toSorted());
  for (const [bug, fingerprints] of issues) {
    t.equal(fingerprints.size, 1, `${bug} is one issue`);
    const [fingerprint = ''] = fingerprints;
    t.equal(await occurrences(server, fingerprint), count, `${bug} occurred ${count} times`);
  }
  t.equal(new Set([...issues.values()].flatMap((each) => [...each])).size, names.length);
}

/** That it failed in the line that bears the bug's name. */
function fails(t: Test, event: ReadEvent, source: string): void {
  const { bug = '' } = event.tags;
  const frame = failedAt(event);
  const lines = source.split('\n');
  const line = lines.findIndex((each) => each.endsWith(`// ${bug}`));
  t.match(frame, { filename: 'src/shop.js', lineno: line + 1, context_line: lines[line] }, bug);
}

for (const way of WAYS) {
  for (const modules of ['module', 'commonjs'] as const) {
    t.test(
      `${way}, ${modules}: a bug is one issue whatever it says, and fails where it is`,
      async (t) => {
        const server = await strictServer(t);
        await shopApp(t, { modules }).run(['main.js', way], server);
        await groups(t, server, NAMES, MESSAGES.length);
        for (const event of await readEvents(server)) fails(t, event, BUGS);
      },
    );
  }
}

const COPIES: readonly (readonly [under: string, modules: Modules, way: Way, above: string])[] = [
  ['app', 'module', 'direct', ''],
  ['srv/www/releases/2024-05-01/shop', 'module', 'pino', ''],
  ['home/ada/code', 'commonjs', 'pino', '// A later release.\n\n'],
  ['x', 'commonjs', 'direct', '\n'],
];

t.test(
  'copies of an application have the same issues, wherever it and its lines lie',
  async (t) => {
    const server = await strictServer(t);
    for (const [under, modules, way, above] of COPIES) {
      await shopApp(t, { under, modules }, `${above}${BUGS}`).run(['main.js', way], server);
    }
    await groups(t, server, NAMES, COPIES.length * MESSAGES.length);
    const files = (await readEvents(server)).map((event) => failedAt(event)?.filename);
    t.same([...new Set(files)], ['src/shop.js']);
  },
);

/**
 * Functions without a name, which are told apart by their source line alone. V8 calls some of them
 * after what calls them: `Timeout._onTimeout`, `process.<anonymous>`.
 */
const ANONYMOUS = `
const routes = {};
const app = {
  get(path, handler) {
    routes[path] = handler;
  },
};

app.get('/x', (message) => {
  throw new Error(message); // x
});

app.get('/y', (message) => {
  throw new Error(message); // y
});

app.get('/z', async function (message) {
  await null;
  throw new Error(message); // z
});

function total(message) {
  return [1].map(() => {
    throw new Error(message); // total
  });
}

function wait(message) {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(message)), 0); // wait
  });
}

function waitMore(message) {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(message)), 1); // waitMore
  });
}

function listen(message) {
  process.once('failing', () => {
    throw new Error(message); // listen
  });
  process.emit('failing');
}

function listenToo(message) {
  process.once('failing', function () {
    throw new Error(message); // listenToo
  });
  process.emit('failing');
}

function execute(message) {
  return new Promise(() => {
    throw new Error(message); // execute
  });
}

const BUGS = {
  x: routes['/x'],
  y: routes['/y'],
  z: routes['/z'],
  total,
  wait,
  waitMore,
  listen,
  listenToo,
  execute,
};
`;

const CALLBACKS = [...ANONYMOUS.matchAll(/\/\/ (\S+)$/gm)].map(([, name = '']) => name);

t.test('callbacks without a name are as many issues as lines that fail', async (t) => {
  const server = await strictServer(t);
  for (const [under, modules, way, above] of COPIES) {
    await shopApp(t, { under, modules }, `${above}${ANONYMOUS}`).run(['main.js', way], server);
  }
  await groups(t, server, CALLBACKS, COPIES.length * MESSAGES.length);
});

for (const way of WAYS) {
  t.test(`${way}: callbacks without a name fail where they are`, async (t) => {
    const server = await strictServer(t);
    await shopApp(t, {}, ANONYMOUS).run(['main.js', way], server);
    for (const event of await readEvents(server)) fails(t, event, ANONYMOUS);
  });
}

/** Fails while it is loaded. */
const TOP = `const { bug, message } = globalThis.failing;

if (bug === 'first') {
  throw new Error(message); // first
}

if (bug === 'second') {
  throw new Error(message); // second
}
`;

const LOADS: Readonly<Record<Modules, string>> = {
  module: `import { report } from './report.js';
    const [, , , bug, message] = process.argv;
    globalThis.failing = { bug, message };
    import('./src/shop.js').catch((err) => report(err, bug));`,
  commonjs: `const { report } = require('./report.js');
    const [, , , bug, message] = process.argv;
    globalThis.failing = { bug, message };
    try { require('./src/shop.js'); } catch (err) { report(err, bug); }`,
};

t.test('code at the top of a module is as many issues as lines that fail', async (t) => {
  const server = await strictServer(t);
  const ways: readonly [Modules, Way][] = [
    ['module', 'direct'],
    ['commonjs', 'pino'],
  ];
  for (const [modules, way] of ways) {
    const app = makeApp(t, { 'src/shop.js': TOP, 'main.js': LOADS[modules] }, { modules });
    for (const bug of ['first', 'second']) {
      for (const message of MESSAGES) await app.run(['main.js', way, bug, message], server);
    }
  }
  for (const event of await readEvents(server)) fails(t, event, TOP);
  await groups(t, server, ['first', 'second'], ways.length * MESSAGES.length);
});
