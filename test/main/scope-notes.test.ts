import t from 'tap';
import { createMemory } from '../../src/notes/memory.ts';
import { NoteReader } from '../../src/notes/reader.ts';
import { NoteWriter } from '../../src/notes/writer.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';
import { makeBreadcrumb } from '../../src/event/make/breadcrumbs.ts';
import { nextId, Scope } from '../../src/main/scope.ts';
import { ScopeNotes, type ScopeNote } from '../../src/main/pino/scope-notes.ts';
import { withdraw } from '../../src/main/steps.ts';
import type { ScopeRules } from '../../src/main/pino/scope.ts';
import type { ScopeField } from '../../src/event/make/scope-field.ts';
import type { BreadcrumbInput } from '../../src/event/record.ts';

const scrub = createScrubber({ apiKey: undefined, scrubKeys: [], sendDefaultPii: false });
const RULES: ScopeRules = {
  scrub,
  maker: { breadcrumb: (input: BreadcrumbInput) => makeBreadcrumb(input, scrub) },
  maxBreadcrumbs: 50,
  sendDefaultPii: false,
  defaultTags: [],
  requestData: { headers: false, query: false, body: false },
};

let lines = 0;

function open() {
  const memory = createMemory();
  const writer = new NoteWriter(memory);
  const reader = new NoteReader(() => memory);
  const notes = new ScopeNotes(writer);
  /** What the worker is told of a line that is logged in the scope. */
  const told = (scope: Scope, rules: ScopeRules = RULES) => {
    const note: ScopeNote = notes.of(scope, rules);
    lines += 1;
    if ('place' in note) writer.note(lines, '', { scope: note.place });
    else writer.note(lines, JSON.stringify(note));
    return { field: reader.take(lines)?.note.scope, note };
  };
  return { writer, told };
}

const messagesOf = (field: ScopeField | undefined) =>
  field?.breadcrumbs?.map(({ message }) => message);

t.test('a scope is described once, and again after each change', async (t) => {
  const { told } = open();
  const scope = new Scope().fork().setUser({ id: 1 }).setTag('tenant', 'acme');
  scope.record({ message: 'first', timestamp: 1_000 });
  const before = told(scope);
  t.match(before.field, { user: { id: '1' }, tags: { tenant: 'acme' } });
  t.strictSame(messagesOf(before.field), ['first']);
  t.strictSame(told(scope), before, 'the same place says the same');

  const second = { message: 'second', timestamp: 2_000 };
  const changes: readonly [
    change: () => unknown,
    is: (field: ScopeField | undefined) => unknown,
  ][] = [
    [() => scope.setUser({ id: 2 }), (field) => field?.user?.id === '2'],
    [() => scope.setTag('tenant', 'other'), (field) => field?.tags?.['tenant'] === 'other'],
    [() => scope.setTags({ plan: 'free' }), (field) => field?.tags?.['plan'] === 'free'],
    [() => scope.setMetadata({ order: 7 }), (field) => field?.metadata?.['order'] === 7],
    [() => scope.setFingerprint('mine'), (field) => field?.fingerprint?.[0] === 'mine'],
    [() => scope.setLevel('fatal'), (field) => field?.level === 'fatal'],
    [() => scope.record(second), (field) => messagesOf(field)?.at(-1) === 'second'],
    [() => withdraw(second), (field) => messagesOf(field)?.at(-1) === 'first'],
    [
      () => scope.add(makeBreadcrumb({ message: 'own', timestamp: 3_000 }, scrub), RULES.maker),
      (field) => messagesOf(field)?.join() === 'first,own',
    ],
    [
      () => scope.adopt(new Scope().setTag('adopted', 1)),
      (field) => field?.tags?.['adopted'] === '1',
    ],
    [() => scope.clear(), (field) => field?.tags === undefined && messagesOf(field) === undefined],
    [
      () => Array.from({ length: 3 }, (_, n) => scope.record({ message: `n${n}` })),
      (field) => messagesOf(field)?.length === 3,
    ],
  ];
  for (const [index, [change, isThere]] of changes.entries()) {
    change();
    t.ok(isThere(told(scope).field), `change ${index}`);
  }
  const child = scope.fork().setTag('of', 'the child');
  t.equal(told(child).field?.tags?.['of'], 'the child');
  t.equal(told(scope).field?.tags, undefined, 'each scope has its own');
});

t.test('what can change unseen is described for each line', async (t) => {
  const { told } = open();
  const cart = { items: 1 };
  const scope = new Scope().fork().setMetadata({ cart });
  t.strictSame(told(scope).field?.metadata, { cart: { items: 1 } });
  cart.items = 2;
  t.strictSame(told(scope).field?.metadata, { cart: { items: 2 } });
  scope.clear().setMetadata({ cart: 3 });
  t.ok('place' in told(scope).note, 'a number can not');

  const list = ['one'];
  scope.setFingerprint(list);
  t.strictSame(told(scope).field?.fingerprint, ['one']);
  list[0] = 'two';
  t.strictSame(told(scope).field?.fingerprint, ['two']);

  let route = '/a';
  const request = new Scope().fork({ id: nextId(), describe: () => ({ tags: { route } }) });
  t.equal(told(request).field?.tags?.['route'], '/a');
  route = '/b';
  t.equal(told(request).field?.tags?.['route'], '/b');
});

t.test('loggers with other options have a description of their own', async (t) => {
  const { told } = open();
  const scope = new Scope().fork();
  for (let n = 0; n < 5; n += 1) scope.record({ message: `step ${n}` });
  t.equal(messagesOf(told(scope).field)?.length, 5);
  t.equal(messagesOf(told(scope, { ...RULES, maxBreadcrumbs: 2 }).field)?.length, 2);
});

t.test('what the memory loses is written again in time', async (t) => {
  const { writer, told } = open();
  const scope = new Scope().fork().setTag('tenant', 'acme');
  for (let n = 0; n < 5; n += 1) scope.record({ message: `step ${n}` });
  const text = JSON.stringify({ text: 'x'.repeat(400_000) });
  for (let n = 0; n < 40; n += 1) {
    const { field } = told(scope);
    t.equal(field?.tags?.['tenant'], 'acme');
    t.equal(messagesOf(field)?.length, 5);
    writer.note(-7, text);
  }
});

t.test('an empty scope has nothing to say', async (t) => {
  const { told } = open();
  t.strictSame(told(new Scope()), { field: undefined, note: {} });
});
