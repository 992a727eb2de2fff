import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { failedAt, makeApp, readEvents, ROOT, type ReadEvent } from '../helpers/app.ts';
import { strictServer } from '../helpers/errsight.ts';
import type { Build, Release } from './builds.ts';

const SOURCES = join(ROOT, 'test/builds/app/src');
const FILES = ['errors.ts', 'handlers.ts', 'main.ts', 'neighbour.ts'];

/** The function of each bug, as its source has it; of a route that is an arrow alone there is none. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  pay: 'pay',
  refund: 'refund',
  weigh: 'weigh',
  count: 'Depot.count',
  'first route': '',
  'second route': '',
};

/** What the next release has in front of its handlers: their lines move, and other names are free. */
const NEIGHBOURS = `import { greet, Neighbour } from './neighbour.ts';

export const neighbours = [greet('you'), new Neighbour().name, Neighbour.name];

`;

/** What frames of the application are called in its sources. */
const KNOWN: ReadonlySet<string> = new Set([...Object.values(FUNCTIONS), 'Depot.ship', 'main']);

/** The class of each, in a build that keeps the names of classes. */
const CLASSES: Readonly<Record<string, string>> = { weigh: 'RangeError', count: 'RangeError' };

type Sources = Readonly<Record<string, string>>;

function sources(): Sources {
  return Object.fromEntries(
    FILES.map((name) => [`src/${name}`, readFileSync(join(SOURCES, name), 'utf8')]),
  );
}

/** The same application a release later. */
function changed(before: Sources): Sources {
  return { ...before, 'src/handlers.ts': NEIGHBOURS + before['src/handlers.ts'] };
}

interface Variant extends Omit<Release, 'folder'> {
  readonly files: Sources;
}

const FLAGS: readonly (readonly string[])[] = [[], ['--enable-source-maps']];

/** Builds the application twice, as two releases, and looks at what arrives of each of its errors. */
export async function checkBuild(t: Test, build: Build): Promise<void> {
  const server = await strictServer(t);
  const first: Variant = { files: sources(), target: 'es2022' };
  const second: Variant = { files: changed(first.files), target: 'es2017' };
  const issues = new Map<string, Set<string>>();
  for (const { files, target } of [first, second]) {
    const modules = build.isCommonJs === true ? 'commonjs' : 'module';
    const app = makeApp(t, files, { modules });
    await build.make({ folder: app.folder, target });
    // As it is deployed, where the maps have the sources.
    const isDeployed = files === second.files && build.needsSources !== true;
    if (isDeployed) rmSync(join(app.folder, 'src'), { recursive: true });
    for (const flags of FLAGS) {
      const known = server.total;
      await app.run([...flags, build.main], server);
      const events = (await readEvents(server)).slice(0, server.total - known);
      t.equal(events.length, 2 * Object.keys(FUNCTIONS).length, `all of ${flags.join(' ')}`);
      for (const event of events) {
        const { bug = '' } = event.tags;
        checkFrames(t, event, files['src/handlers.ts'] ?? '', flags);
        const name = CLASSES[bug] ?? (build.isMinified === true ? 'Error' : 'PaymentDeclined');
        t.match(event, { metadata: { exception_class: name } }, bug);
        t.ok(event.message.startsWith(`${name}: `), `${bug}: ${event.message}`);
        issues.set(bug, (issues.get(bug) ?? new Set()).add(event.fingerprint));
      }
    }
  }
  for (const [bug, fingerprints] of issues) t.equal(fingerprints.size, 1, `${bug} is one issue`);
  const all = new Set([...issues.values()].flatMap((each) => [...each]));
  t.equal(all.size, issues.size, 'no two are the same issue');
}

/** Where the error was thrown, by the comment in its line. */
function checkFrames(t: Test, event: ReadEvent, source: string, flags: readonly string[]): void {
  const { bug = '' } = event.tags;
  const lines = source.split('\n');
  const index = lines.findIndex((line) => line.endsWith(`// ${bug}`));
  t.match(
    failedAt(event),
    {
      filename: 'src/handlers.ts',
      function: FUNCTIONS[bug],
      lineno: index + 1,
      pre_context: lines.slice(Math.max(0, index - 5), index),
      context_line: lines[index],
      post_context: lines.slice(index + 1, index + 6),
    },
    `${bug} ${flags.join(' ')}`,
  );
  for (const frame of event.metadata.exception_frames ?? []) {
    const name = frame.in_app ? frame.function : '';
    t.ok(KNOWN.has(name), `${bug} ${flags.join(' ')}: ${name} is a name of the source`);
  }
}
