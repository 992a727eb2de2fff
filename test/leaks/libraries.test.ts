import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import fastify from 'fastify';
import t, { type Test } from 'tap';
import { captureException, close, init, withScope } from '../../src/index.ts';
import { CANARY, isLeaked } from './canary.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

interface Multer {
  none(): RequestHandler;
  any(): RequestHandler;
}

/** The one that Nest brings. */
const nest = createRequire(createRequire(import.meta.url).resolve('@nestjs/platform-express'));
const multer = nest('multer') as (options?: object) => Multer;

let sent: ErrsightEvent[] = [];
init({
  apiKey: `elp_${'0'.repeat(48)}`,
  captureUncaught: false,
  beforeSend: (event) => {
    sent.push(event);
    return null;
  },
});
t.beforeEach(() => {
  sent = [];
});
t.teardown(() => close());

async function listen(t: Test, app: express.Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

t.test('what a validator of Fastify was given never leaves', async (t) => {
  const app = fastify({ ajv: { customOptions: { verbose: true } } });
  t.teardown(() => app.close());
  const properties = { comment: { type: 'string', maxLength: 3 } };
  app.post('/', { schema: { body: { type: 'object', properties } } }, () => 'ok');
  app.setErrorHandler((error, _, reply) => {
    captureException(error);
    return reply.code(400).send('no');
  });
  await app.inject({ method: 'POST', url: '/', payload: { comment: CANARY } });
  const [event] = sent;
  t.notOk(isLeaked(JSON.stringify(event)));
  t.match(event?.metadata['exception_properties'], {
    validation: [{ instancePath: '/comment', keyword: 'maxLength', data: '[Filtered]' }],
    validationContext: 'body',
  });
});

t.test('no file, and no error of multer, has what was sent', async (t) => {
  const app = express();
  const small = multer({ limits: { fieldSize: 5 } });
  app.post('/small', small.none(), (_, response) => response.end());
  app.post('/files', multer().any(), (request: Request, response: Response) => {
    captureException(new Error('x'), { metadata: { files: Reflect.get(request, 'files') } });
    response.end();
  });
  app.use((error: Error, _: Request, response: Response, _next: NextFunction) => {
    captureException(error);
    response.status(400).end();
  });
  const url = await listen(t, app);
  for (const path of ['/small', '/files']) {
    const form = new FormData();
    form.set('note', CANARY);
    if (path === '/files') form.set('file', new Blob([`password=${CANARY}`]), 'a.txt');
    await (await fetch(`${url}${path}`, { method: 'POST', body: form })).text();
  }
  t.equal(sent.length, 2);
  for (const event of sent) t.notOk(isLeaked(JSON.stringify(event)), JSON.stringify(event));
});

t.test('the path of an outgoing request has no secret in it', async (t) => {
  const url = await listen(t, express());
  const secret = `${CANARY}7`;
  await withScope(async () => {
    for (const path of [
      `/reset/${secret}`,
      `/verify-email/${secret}?next=1`,
      `/bot123:${CANARY}/sendMessage`,
      `/hooks/T000/B000/${CANARY}`,
      `/services/T000/B000/${CANARY}`,
      `/invite/${secret}/accept`,
      `/orders/17?token=${CANARY}`,
    ]) {
      await (await fetch(`${url}${path}`)).text();
    }
    captureException(new Error('x'));
  });
  const steps = (sent[0]?.breadcrumbs ?? []).filter((step) => step.category === 'http');
  t.ok(steps.length >= 7, String(steps.length));
  for (const step of steps) t.notOk(isLeaked(JSON.stringify(step)), JSON.stringify(step));
});
