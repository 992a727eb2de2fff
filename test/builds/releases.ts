/** The application that is built, a release of it later, and what has to arrive of its errors. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { failedAt, ROOT, type ReadEvent } from '../helpers/app.ts';

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

export const BUGS: readonly string[] = Object.keys(FUNCTIONS);

/** What frames of the application are called in its sources. */
const KNOWN: ReadonlySet<string> = new Set([
  ...Object.values(FUNCTIONS),
  'Depot.ship',
  'main',
  'GET',
]);

/** The class of each, in a build that keeps the names of classes. */
const CLASSES: Readonly<Record<string, string>> = { weigh: 'RangeError', count: 'RangeError' };

export type Sources = Readonly<Record<string, string>>;

export function sources(): Sources {
  return Object.fromEntries(
    FILES.map((name) => [`src/${name}`, readFileSync(join(SOURCES, name), 'utf8')]),
  );
}

/** The same application a release later. */
export function changed(before: Sources): Sources {
  return { ...before, 'src/handlers.ts': NEIGHBOURS + before['src/handlers.ts'] };
}

export interface Built {
  readonly files: Sources;
  /** Whether classes lost their names. */
  readonly isMinified?: boolean;
}

/** Looks at what arrives of each bug, and which issue it is in each release. */
export class Releases {
  readonly #t: Test;
  readonly #issues = new Map<string, Set<string>>();

  constructor(t: Test) {
    this.#t = t;
  }

  check(event: ReadEvent, bug: string, { files, isMinified = false }: Built, how: string): void {
    const t = this.#t;
    checkFrames(t, event, bug, files['src/handlers.ts'] ?? '', how);
    const name = CLASSES[bug] ?? (isMinified ? 'Error' : 'PaymentDeclined');
    t.match(event, { metadata: { exception_class: name } }, `${bug}: the class`);
    t.ok(event.message.startsWith(`${name}: `), `${bug}: ${event.message}`);
    this.#issues.set(bug, (this.#issues.get(bug) ?? new Set()).add(event.fingerprint));
  }

  /** Each bug is one issue in all releases, and none is that of another. */
  end(): void {
    const t = this.#t;
    for (const bug of BUGS) t.equal(this.#issues.get(bug)?.size, 1, `${bug} is one issue`);
    const all = new Set([...this.#issues.values()].flatMap((each) => [...each]));
    t.equal(all.size, BUGS.length, 'no two are the same issue');
  }
}

/** Where the error was thrown, by the comment in its line. */
function checkFrames(t: Test, event: ReadEvent, bug: string, source: string, how: string): void {
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
    `${bug}, ${how}`,
  );
  for (const frame of event.metadata.exception_frames ?? []) {
    const name = frame.in_app ? frame.function : '';
    t.ok(KNOWN.has(name), `${bug}, ${how}: ${name} is a name of the source`);
  }
}
