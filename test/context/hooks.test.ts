/** The user's functions: what they are told, and what their mistakes cost. */
import bunyan from 'bunyan';
import t, { type Test } from 'tap';
import winston from 'winston';
import {
  captureException,
  captureMessage,
  close,
  init,
  withErrsight,
  withScope,
  type InitOptions,
} from '../../src/index.ts';
import { resolveTargetOptions } from '../../src/options/resolve.ts';
import { stats } from '../../src/index.ts';
import { createErrsightStream } from '../../transports/bunyan.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import { strictServer } from '../helpers/errsight.ts';
import { errsightLines } from '../main/stderr.ts';
import { DOORS } from './doors.ts';
import type { EventHint } from '../../src/event/record.ts';

class PaymentError extends Error {}

async function started(
  t: Test,
  options: InitOptions = {},
): Promise<Awaited<ReturnType<typeof strictServer>>> {
  const server = await strictServer(t);
  t.teardown(() => close());
  init({ apiKey: server.key, host: server.url, ...options });
  return server;
}

t.test('beforeSend is told of the error, the record and the scope', async (t) => {
  for (const [name, open] of Object.entries(DOORS)) {
    // There it is a module.
    if (name === 'withErrsight' || name === "pino's worker") continue;
    const server = await strictServer(t);
    const hints: EventHint[] = [];
    const beforeSend: InitOptions['beforeSend'] = (event, hint) => {
      hints.push(hint);
      return event;
    };
    const { fail, end, mechanism } = open({ apiKey: server.key, host: server.url, beforeSend });
    const error = new PaymentError('declined');
    withScope((scope) => {
      scope.setTag('tenant', 'acme');
      fail(error);
    });
    await end();
    const [hint] = hints;
    t.match(hint?.record, { level: 'error', mechanism, fields: {} }, name);
    if (mechanism === 'pino')
      t.match(hint, { error: { message: 'declined' }, scope: undefined }, name);
    else {
      t.equal(hint?.error, error, name);
      t.match(hint?.scope?.toJSON(), { tags: { tenant: 'acme' } }, name);
    }
    t.equal(hints.length, 1);
  }
});

t.test('an async hook is told of at its first event, and counted', async (t) => {
  const lines = errsightLines(t);
  await started(t, { beforeSend: (event) => Promise.resolve(event) as never });
  captureMessage('lost');
  t.match(lines, [/beforeSend failed, the event is dropped: .*returned a promise, but has to be/]);
  t.match(stats(), { dropped: { before_send: 1 } });
});

class Plain {
  readonly reason = 'plain';
}

/** A class as compilers wrote it before there were any. */
function Old(this: object): void {
  Reflect.set(this, 'message', 'old');
}
Old.prototype = Object.create(Error.prototype) as object;

t.test('ignoreErrors takes classes and functions', async (t) => {
  const seen: unknown[] = [];
  const server = await started(t, {
    ignoreErrors: [
      'by text',
      /by (?:regexp)/,
      PaymentError,
      Plain,
      Old as unknown as typeof Error,
      (error, event) => {
        seen.push(error);
        return event.tags['ignore'] === 'yes';
      },
      () => {
        throw new Error('of the user');
      },
    ],
  });
  class Sub extends PaymentError {}
  const ignored = [
    new Error('by text'),
    new Error('by regexp'),
    new PaymentError('a'),
    new Sub('b'),
    new Plain(),
  ];
  for (const error of ignored) captureException(error);
  captureException(Object.create(Old.prototype));
  captureException(new Error('by tag'), { tags: { ignore: 'yes' } });
  t.match(stats(), { dropped: { ignored: 7 } });
  const lines = errsightLines(t);
  captureException(new TypeError('is sent'));
  captureMessage('has no error');
  t.match(lines, [/ignoreErrors failed, the event is sent: .*of the user/]);
  t.match(seen, [{ message: 'by tag' }, { message: 'is sent' }, undefined]);
  await close();
  t.strictSame(
    server.events.map(({ message }) => message),
    ['TypeError: is sent', 'has no error'],
  );
  t.throws(() => init({ ignoreErrors: [7 as never] }), {
    message: /strings, RegExps, classes and functions/,
  });
});

t.test('sampleRate may be a function; one that fails costs no event', async (t) => {
  const rates: Record<string, unknown> = { all: 1, none: 0, wrong: 2, text: '1' };
  const server = await started(t, {
    sampleRate: (event, { record }) => {
      if (event.message !== record.message) throw new Error('another record');
      if (event.message === 'throws') throw new Error('of the user');
      return rates[event.message] as number;
    },
  });
  const lines = errsightLines(t);
  for (const text of ['all', 'none', 'wrong', 'text', 'throws']) captureMessage(text);
  t.match(lines, [/sampleRate failed, the event is sent: .*it returned number/]);
  t.match(stats(), { dropped: { sampled: 1 } });
  await close();
  t.strictSame(
    server.events.map(({ message }) => message),
    ['all', 'wrong', 'text', 'throws'],
  );
  t.throws(() => init({ sampleRate: '1' as never }), { message: /a number from 0 to 1/ });
});

t.test('what cannot go to a worker is refused where it is given', (t) => {
  for (const options of [{ ignoreErrors: [PaymentError] }, { sampleRate: () => 1 }]) {
    const [name = ''] = Object.keys(options);
    t.throws(() => resolveTargetOptions(options, {}), {
      name: 'OptionError',
      option: new RegExp(name),
    });
    t.throws(() => withErrsight({}, options as never), { name: 'OptionError' });
  }
  t.end();
});

t.test('{{ default }} in a fingerprint is the group that the event would have', async (t) => {
  const server = await started(t, {
    beforeSend: (event) =>
      event.tags['hook'] === undefined ? event : { ...event, fingerprint: ['{{default}}', 'hook'] },
  });
  let kind = '';
  const fail = (message: string, tags: Record<string, string>, ...fingerprint: string[]): void => {
    const error = message.startsWith('text') ? undefined : new TypeError(message);
    const said = { tags: { ...tags, kind }, ...(fingerprint.length > 0 && { fingerprint }) };
    if (error === undefined) captureMessage(message, 'error', said);
    else captureException(error, said);
  };
  const kinds: Readonly<Record<string, () => void>> = {
    plain: () => fail('a', {}),
    'only the default': () => fail('a', {}, '{{ default }}'),
    extended: () => fail('a', {}, '{{ default }}', 'x'),
    'extended by another': () => fail('a', {}, '{{ default }}', 'y'),
    'extended, otherwise failed': () => fail('b', {}, '{{ default }}', 'x'),
    'in front': () => fail('a', {}, 'x', '{{default}}'),
    'by a hook': () => fail('a', { hook: 'yes' }),
    'a text': () => fail('text 17', {}, '{{ default }}', 'x'),
    'the same text': () => fail('text 18', {}, '{{ default }}', 'x'),
    'another text': () => fail('text of another kind', {}, '{{ default }}', 'x'),
    replaced: () => fail('a', {}, 'x'),
  };
  for (const [name, run] of Object.entries(kinds)) {
    kind = name;
    run();
  }
  await close();
  const byKind = new Map(server.events.map((event) => [event.tags['kind'], event]));
  const of = (name: string): string | undefined => byKind.get(name)?.fingerprint;
  t.equal(byKind.size, Object.keys(kinds).length);
  t.equal(of('only the default'), of('plain'));
  t.equal(of('extended, otherwise failed'), of('extended'), 'as without it: by where it failed');
  t.equal(of('the same text'), of('a text'));
  const different = [
    'plain',
    'extended',
    'extended by another',
    'in front',
    'by a hook',
    'a text',
    'another text',
    'replaced',
  ];
  t.equal(new Set(different.map(of)).size, different.length);
  const by = (name: string): unknown => byKind.get(name)?.metadata['errsight_group'];
  t.equal(by('only the default'), by('plain'));
  for (const name of ['extended', 'by a hook']) t.equal(by(name), 'fingerprint', name);
});

t.test('attachStacktrace shows where a line of winston and bunyan was logged', async (t) => {
  for (const attachStacktrace of [true, false]) {
    const server = await strictServer(t);
    const options = { apiKey: server.key, host: server.url, attachStacktrace };
    const transport = new ErrsightTransport(options);
    const entry = createErrsightStream(options);
    const ofWinston = winston.createLogger({ transports: [transport] });
    const ofBunyan = bunyan.createLogger({ name: 'shop', streams: [entry] });
    function low(): void {
      ofWinston.warn('stock is low');
      ofBunyan.warn('stock is low');
    }
    low();
    await Promise.all([transport.flush(), entry.stream.flush()]);
    ofWinston.close();
    entry.stream.end();
    t.equal(server.events.length, 2);
    for (const { metadata } of server.events) {
      const [frame] = (metadata['exception_frames'] ?? []) as { function?: string }[];
      t.equal(frame?.function, attachStacktrace ? 'low' : undefined);
      t.equal(metadata['exception_class'], undefined, 'it is no error');
    }
  }
});
