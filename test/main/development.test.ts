/** While an application is developed, Express answers with the stack of an error. We change no byte of it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createRequire } from 'node:module';
import express from 'express';
import t from 'tap';
import { captureErrors, close, init } from '../../src/index.ts';
import { CASES, FAILING, type Hook } from '../fixtures/failing.ts';
import { exchange, listening, type Running } from '../fixtures/serving.ts';
import { strictServer } from '../helpers/errsight.ts';

delete process.env['NODE_ENV'];
// What they print is compared elsewhere.
t.capture(console, 'error', () => undefined);
t.capture(process.stderr, 'write', () => true);

const express4 = createRequire(import.meta.url)('express4') as typeof express;

function verify(_request: unknown, _response: unknown, body: Buffer): void {
  if (body.includes('bad')) throw new Error('verify broke');
}

/** Errors that the listeners of a request's body make. */
function bodies(make: typeof express, hook: Hook): Promise<Running> {
  const app = make();
  app.post('/own', (request, _response, next) => {
    request.on('end', () => next(new Error('own end broke'))).resume();
  });
  app.post('/piece', (request, _response, next) => {
    request.once('data', () => next(new Error('own data broke')));
  });
  app.use(make.json({ verify }), make.urlencoded({ extended: false, parameterLimit: 1 }));
  app.post('/parsed', (_request, response) => void response.send('ok'));
  hook(app);
  return listening(app.listen(0, '127.0.0.1'));
}

const JSON_TYPE = 'application/json';
const BODIES: readonly (readonly [path: string, type: string, body: string])[] = [
  ['/own', JSON_TYPE, '{}'],
  ['/piece', JSON_TYPE, '{}'],
  ['/parsed', JSON_TYPE, '{"a":'],
  ['/parsed', JSON_TYPE, '{"bad":1}'],
  ['/parsed', 'application/x-www-form-urlencoded', 'a=1&b=2'],
];

/** The body comes behind the head, as it does over a network. */
async function post(port: number, [path, type, body]: (typeof BODIES)[number]): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.setNoDelay();
  const head = `POST ${path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-type: ${type}\r\n`;
  socket.write(`${head}content-length: ${body.length}\r\n\r\n`);
  setImmediate(() => socket.write(body));
  let text = '';
  socket.on('data', (piece: string) => (text += piece));
  await once(socket, 'close');
  return text.replace(/^date: .*\r\n/im, '');
}

async function bodiesOf(make: typeof express, hook: Hook): Promise<readonly string[]> {
  const running = await bodies(make, hook);
  const answers = await Promise.all(BODIES.map((each) => post(running.port, each)));
  await running.close();
  return answers;
}

async function answersOf(name: string, hook: Hook): Promise<Readonly<Record<string, string>>> {
  const running = await FAILING[name]!(hook);
  const answers: Record<string, string> = {};
  for (const each of CASES) {
    const answer = await exchange(running.port, `/api/items/7/${each}`);
    answers[each] = answer.replace(/^date: .*\r\n/im, '');
  }
  await running.close();
  return answers;
}

/** Express 5 calls handlers through other functions of its own while somebody listens to its channels. */
function withoutFrames(answers: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(answers).map(([key, answer]) => [
      key,
      answer.replace(/<br> &nbsp; &nbsp;at .*<\/pre>/, '').replace(/^content-length: .*\r\n/im, ''),
    ]),
  );
}

const unhooked: Hook = (app) => app;

for (const [name, make] of Object.entries({ 'express 5': express, 'express 4': express4 })) {
  t.test(`${name}: the page of an error in a body's listener`, async (t) => {
    const before = await bodiesOf(make, unhooked);
    for (const [index, answer] of before.entries()) {
      t.match(
        answer,
        /<pre>\w*Error: .*<br> &nbsp; &nbsp;at /,
        `a stack: ${String(BODIES[index])}`,
      );
    }
    const server = await strictServer(t);
    init({ apiKey: server.key, host: server.url, sourceMaps: false });
    t.strictSame(await bodiesOf(make, captureErrors), before);
    await close();
  });
}

for (const name of Object.keys(FAILING)) {
  t.test(`${name}: the answers of failing requests`, async (t) => {
    const before = await answersOf(name, unhooked);
    const server = await strictServer(t);
    init({ apiKey: server.key, host: server.url, sourceMaps: false });
    const after = await answersOf(name, captureErrors);
    await close();
    if (name === 'express 5') t.strictSame(withoutFrames(after), withoutFrames(before));
    else t.strictSame(after, before);
    t.notMatch(JSON.stringify(after), /errsight/i, 'nothing of ours');
  });
}
