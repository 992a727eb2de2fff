import { openSync, closeSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { captureMessage } from '../../src/index.ts';
import { OWN_LINE, problemsOf, runs } from '../helpers/attack.ts';
import { api, isQuiet, start } from '../helpers/hostile-context.ts';
import { hostileStack } from '../helpers/hostile-stack.ts';
import { API_KEY, MARKER } from '../helpers/planted.ts';

function throwWith(stack: string, as: 'error' | 'serialized' | 'text' | 'cause' | 'member'): void {
  const error = new Error('m');
  Object.defineProperty(error, 'stack', { value: stack });
  const thrown = {
    error,
    serialized: { type: 'Error', message: 'm', stack },
    text: stack,
    cause: new Error('outer', { cause: error }),
    member: new AggregateError([error], 'outer'),
  }[as];
  api['captureException']?.(thrown);
}

t.test('whatever files a stack names, only source of the project is opened', async (t) => {
  const attack = start(t);
  const as = fc.constantFrom('error', 'serialized', 'text', 'cause', 'member');
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(hostileStack(attack.root), as, (stack, form) => {
        attack.check(() => throwWith(stack, form), 1);
      }),
      runs(3_000),
    ),
  );
  await isQuiet(t, attack);
});

t.test('the watch over files sees what is opened and what is asked', async (t) => {
  const attack = start(t);
  const outside = join(attack.root, '../secret.js');
  const cases: readonly (readonly [what: string, action: () => void])[] = [
    ['openSync', () => closeSync(openSync(outside, 'r'))],
    ['promises.readFile', () => void readFile(outside).catch(() => undefined)],
    ['statSync', () => statSync(outside)],
    ['a link that leads outside', () => closeSync(openSync(join(attack.root, 'link.js'), 'r'))],
    ['a dependency', () => closeSync(openSync(join(attack.root, 'dep.js'), 'r'))],
    ['no source', () => closeSync(openSync(join(attack.root, 'data.json'), 'r'))],
  ];
  for (const [what, action] of cases) t.throws(() => attack.check(action), / of "/, what);
  // The same file by its name and by a link inside the project: source lines do come.
  for (const file of ['src/own.js', 'own-link.js']) {
    const stack = `Error: m\n    at f (${join(attack.root, file)}:3:1)`;
    const [bytes] = attack.check(() => throwWith(stack, 'error'), 1);
    t.match(String(bytes), OWN_LINE, file);
  }
  await isQuiet(t, attack);
});

function said(metadata: Record<string, unknown>): () => void {
  return () => void captureMessage('m', 'error', { metadata });
}

t.test('the watch over secrets finds one under a key that is not denied', async (t) => {
  const attack = start(t);
  t.throws(() => attack.check(said({ note: MARKER })), /a secret leaves/);
  t.throws(() => attack.check(said({ note: [{ a: MARKER.slice(0, 12) }] })), /a secret leaves/);
  t.doesNotThrow(() => attack.check(said({ password: MARKER, note: API_KEY }), 1));
  t.throws(() => attack.check(said({}), 2), /1 events/);
  await isQuiet(t, attack);
});

function problems(event: object): string {
  return problemsOf(Buffer.from(JSON.stringify(event))).join('');
}

t.test('the judge sees what the server refuses or loses', (t) => {
  const good = { message: 'm', level: 'error', occurred_at: new Date().toISOString() };
  t.equal(problems(good), '');
  t.match(problems({ ...good, message: ' ' }), /dropped_event/);
  t.match(problems({ ...good, metadata: { a: '\u0000' } }), /lost_batch/);
  t.match(problems({ ...good, metadata: { _aj_globalid: 1 } }), /answers 500/);
  t.match(problems({ ...good, metadata: { a: 'x'.repeat(500_000) } }), /bytes/);
  t.match(problemsOf(Buffer.from('{')).join(), /answers 400/);
  t.end();
});

t.test('the process is watched for what comes later', async (t) => {
  const attack = start(t);
  // An event of the same name: a real rejection would be tap's to report as well.
  process.emit('warning', new Error('late'));
  t.strictSame(await attack.alarms(), ['warning: late']);
});
