import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeApp, ROOT } from './helpers/app.ts';
import { strictServer } from './helpers/errsight.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The first program under a heading. */
function programUnder(heading: string): string {
  const section = readme.slice(readme.indexOf(`\n### ${heading}\n`));
  return /```js\n([^]*?)```/.exec(section)?.[1] ?? '';
}

t.test('what the README begins with runs as it is written', async (t) => {
  const server = await strictServer(t);
  const [, program = ''] = /```js\n([^]*?)```/.exec(readme) ?? [];
  const app = makeApp(t, { 'app.js': program });
  await app.run(['app.js'], server);
  t.match(server.events, [
    {
      level: 'error',
      message: 'the card was declined',
      release: '1.4.2',
      user_context: { id: '42' },
      metadata: {
        exception_frames: [{ filename: 'app.js', context_line: /the card was declined/ }],
        exception_causes: [{ class: 'Error', message: 'connection reset' }],
        log_message: 'checkout failed',
        orderId: 17,
      },
    },
  ]);
  t.equal(server.events.length, 1);
});

for (const logger of ['winston', 'bunyan']) {
  t.test(`what the README shows of ${logger} runs as it is written`, async (t) => {
    const server = await strictServer(t);
    const app = makeApp(t, { 'app.js': programUnder(logger) });
    symlinkSync(join(ROOT, 'node_modules', logger), join(app.folder, 'node_modules', logger));
    await app.run(['app.js'], server);
    t.match(server.events, [
      {
        level: 'error',
        message: 'Error: the card was declined',
        user_context: { id: '42' },
        metadata: {
          exception_class: 'Error',
          exception_frames: [{ filename: 'app.js', context_line: /the card was declined/ }],
          log_message: 'checkout failed',
        },
        breadcrumbs: [{ message: 'the cart was opened', data: { items: 3 } }],
      },
    ]);
    t.equal(server.events.length, 1);
  });
}

t.test('each program of docs/pino.md runs as it is written', async (t) => {
  const text = readFileSync(join(ROOT, 'docs/pino.md'), 'utf8');
  const programs = [...text.matchAll(/```js\n([^]*?)```/g)].map(([, program = '']) => program);
  t.ok(programs.length > 0);
  for (const program of programs) {
    const server = await strictServer(t);
    const app = makeApp(t, { 'app.js': program });
    await app.run(['app.js'], server);
    t.match(server.events, [
      {
        level: 'error',
        message: 'Error: declined',
        metadata: { exception_class: 'Error', log_message: 'it failed' },
      },
    ]);
    t.equal(server.events.length, 1);
  }
});
