import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const root = join(import.meta.dirname, '../../..');

/** A test that shows what a row of the README promises: its file, and a part of its name. */
type Shown = readonly [file: string, name: string];

interface Row {
  readonly what: string;
  readonly pino: string;
  readonly direct: string;
  readonly shown: readonly Shown[];
}

const ROWS: readonly Row[] = [
  {
    what: 'an event was logged; then a natural end or `process.exit()`',
    pino: 'arrives',
    direct: 'arrives',
    shown: [
      ['transports/pino-end', 'with a ${start} worker an event survives ${what}'],
      ['main/ends', 'ends as without errsight, and what was captured arrives'],
      ['transports/logger-ends', 'what was logged arrives, what nobody catches once'],
    ],
  },
  {
    what: 'the same by an uncaught throw or rejection',
    pino: 'arrives; the throw with `init` or `withErrsight`',
    direct: 'arrives, and so does the throw',
    shown: [
      ['transports/pino-end', 'with a ${start} worker an event survives ${what}'],
      ['main/end', 'directly captured events survive ${what}'],
      ['main/rejections', 'a rejection nobody handles is told once'],
      ['main/crash-cases.ts', '${door}, ${handler}, ${thrown} by a ${end}'],
      ['transports/logger-ends', 'what was logged arrives, what nobody catches once'],
    ],
  },
  {
    what: 'ErrSight is down, slow or limits the rate',
    pino: 'waits in memory, retried',
    direct: 'waits in memory, retried',
    shown: [
      ['faults', '${part}, by ${way}'],
      ['outage', '500 errors at once all arrive, once, after ${what}'],
      ['outage', 'with a limit of 5 batches of 10 arrive over as many minutes as they need'],
    ],
  },
  {
    what: 'the queue is full',
    pino: 'the least important is dropped, counted',
    direct: 'the same',
    shown: [
      ['outage', 'in an outage of an hour ${load.what} bound what waits'],
      ['pipeline', 'repeats that gave way ride on the next event of their group'],
    ],
  },
  {
    what: 'ErrSight is still down when the process ends',
    pino: 'lost after `shutdownTimeout` ¹',
    direct: 'lost after `shutdownTimeout` ¹',
    shown: [
      ['kill', 'without a spool what cannot be sent at the end is lost, and a line says so'],
      ['kill', 'left while ErrSight was down arrives once'],
      ['exit/exit', 'a server that hangs holds up "${scenario}" for shutdownTimeout, once'],
    ],
  },
  {
    what: 'an `exit` listener of yours captures, or calls `process.exit()`',
    pino: 'not promised',
    direct: 'arrives',
    shown: [['exit/late', 'an exit listener that was added ${when} and ${does} loses nothing']],
  },
  {
    what: 'SIGTERM, SIGINT or SIGHUP that the application does not handle',
    pino: 'arrives with `init` or `withErrsight`, else lost ¹',
    direct: 'arrives',
    shown: [
      ['main/signals', "what was logged to pino's worker arrives, with init"],
      ['main/with-errsight', 'what was logged arrives, with withErrsight'],
      ['main/ends', 'ends as without errsight, and what was captured arrives'],
    ],
  },
  {
    what: '`kill -9`, out of memory, power',
    pino: 'what was not sent yet is lost ¹',
    direct: 'what was not sent yet is lost ¹',
    shown: [
      ['kill', 'without a spool kill -9 costs what was not sent, and nothing else'],
      ['kill-direct', 'killed one after the other lose nothing where ErrSight ${health}'],
      ['kill-pino', 'killed one after the other lose nothing where ErrSight ${health}'],
    ],
  },
];

t.test('the README promises what tests show, and nothing else', async (t) => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf('## Crashes and shutdown'));
  const table = section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what happens'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    );
  // Behind the heading's rule; other tables may follow.
  const rows = table.filter((cells) => !/^-+$/.test(cells[0] ?? '')).slice(0, ROWS.length);
  t.strictSame(
    rows,
    ROWS.map(({ what, pino, direct }) => [what, pino, direct]),
  );
  for (const { what, shown } of ROWS) {
    for (const [file, name] of shown) {
      const path = file.endsWith('.ts') ? file : `${file}.test.ts`;
      const source = readFileSync(join(root, 'test', path), 'utf8');
      t.ok(source.includes(name), `${what}: ${file} has a test "${name}"`);
    }
  }
});
