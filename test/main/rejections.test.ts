import t from 'tap';
import { runFixture, type Ended } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

interface Case {
  readonly listener: string;
  /** What is rejected, one after the other. */
  readonly values?: readonly string[];
  /** Of `--unhandled-rejections`. */
  readonly mode?: 'strict' | 'warn' | 'none' | 'warn-with-error-codes';
  /** Level, mechanism and message of what arrives. */
  readonly events: readonly string[];
}

const ERROR = 'Error of the application';
const OBJECT = '{"code":"E_PAY","orderId":17}';
const KEYS = 'Object with the keys code, orderId';
const handled = (thrown: string): string => `error unhandledRejection ${titleOf(thrown)}`;
const fatal = (thrown: string): string => `fatal unhandledRejection ${titleOf(thrown)}`;

/** The fixture rejects a TypeError with what begins so, and anything else as it is. */
function titleOf(thrown: string): string {
  if (thrown.startsWith('Object')) return thrown;
  const [, made = ''] = /^(Error|undefined)/.exec(thrown) ?? [];
  return `${{ Error: 'TypeError', undefined: 'Undefined' }[made] ?? 'String'}: ${thrown}`;
}

/**
 * Node 20 can die of the second one that an `uncaughtException` listener takes in strict mode, with or
 * without errsight: "async hook stack has become corrupted".
 */
const IN_STRICT_MODE = process.version.startsWith('v20.') ? ['Error 1'] : ['Error 1', 'Error 2'];

const CASES: readonly Case[] = [
  { listener: 'none', events: [fatal(ERROR)] },
  { listener: 'takes', events: [handled(ERROR)] },
  {
    listener: 'takes',
    values: ['a string', 'a string'],
    events: [handled('a string'), handled('a string')],
  },
  { listener: 'takes first', events: [handled(ERROR)] },
  {
    listener: 'takes once',
    values: ['Error 1', 'Error 2'],
    events: [handled('Error 1'), fatal('Error 2')],
  },
  { listener: 'removed', events: [fatal(ERROR)] },
  { listener: 'all removed', events: [fatal(ERROR)] },
  // The event waits yet, and becomes a fatal one.
  { listener: 'rethrows', events: [fatal(ERROR)] },
  { listener: 'rethrows', values: ['a string'], events: [fatal('a string')] },
  { listener: 'rethrows', values: [OBJECT], events: [fatal(KEYS)] },
  { listener: 'rethrows later', events: [fatal(ERROR)] },
  ...['a string', 'undefined'].map((value) => ({
    listener: 'none',
    values: [value],
    events: [fatal(value)],
  })),
  { listener: 'none', values: [OBJECT], events: [fatal(KEYS)] },
  { listener: 'takes', values: [OBJECT, OBJECT], events: [handled(KEYS), handled(KEYS)] },
  {
    listener: 'with an uncaughtException listener alone',
    values: ['a string', OBJECT, '{"status":500}', 'undefined', ERROR],
    events: [KEYS, 'Object with the keys status', 'a string', ERROR, 'undefined'].map(fatal),
  },
  { listener: 'exits', events: [handled(ERROR)] },
  { listener: 'ten', events: [handled(ERROR)] },
  { listener: 'with an uncaughtException listener', events: [handled(ERROR)] },
  { listener: 'none', mode: 'strict', events: [fatal(ERROR)] },
  { listener: 'takes', mode: 'strict', events: [fatal(ERROR)] },
  {
    listener: 'with an uncaughtException listener',
    mode: 'strict',
    values: IN_STRICT_MODE,
    events: IN_STRICT_MODE.map(fatal),
  },
  // Node lets the program go on, and does not tell anybody.
  { listener: 'none', mode: 'warn', events: [] },
  { listener: 'takes', mode: 'warn', events: [handled(ERROR)] },
  { listener: 'none', mode: 'none', events: [] },
  { listener: 'takes', mode: 'none', events: [handled(ERROR)] },
  { listener: 'none', mode: 'warn-with-error-codes', events: [] },
];

/** What Node prints, without the process's number. */
function printed({ stderr }: Ended): readonly string[] {
  const lines = stderr.replaceAll(/\(node:\d+\)/g, '(node)').split('\n');
  return lines.filter((line) => /Error|Warning/.test(line));
}

for (const { listener, values = [ERROR], mode = 'throw', events } of CASES) {
  for (const when of mode === 'throw' && listener !== 'none' ? ['before', 'after'] : ['after']) {
    const run = (start: string, env: Readonly<Record<string, string>>): Promise<Ended> =>
      runFixture('rejections', {
        args: [start, listener, ...values],
        env: { ...env, LISTEN: when },
        execArgv: [`--unhandled-rejections=${mode}`],
      });
    const what = `${values.join(', ')}, listener added ${when} init: ${listener} (${mode})`;

    t.test(`a rejection nobody handles is told once: ${what}`, async (t) => {
      const server = await strictServer(t);
      const [without, ended, off] = await Promise.all([
        run('without', {}),
        run('with', server.env),
        run('off', server.env),
      ]);
      for (const other of [ended, off]) {
        const { code, signal, stdout } = without;
        t.match(other, { code, signal, stdout }, 'the end is the same');
        t.strictSame(printed(other), printed(without), 'Node prints the same');
      }
      // Sorted: a fatal one overtakes.
      t.strictSame(
        server.events
          .map(
            ({ level, message, metadata }) =>
              `${level} ${String(metadata['mechanism'])} ${message}`,
          )
          .toSorted(),
        events,
      );
    });
  }
}
