// Starts a local ErrSight and the demo's application, sends it requests, and shows what arrived.
// Fails when anything is missing, and after 20 seconds in any case. With --stay the local ErrSight stays
// until Ctrl-C, so that one can look at its page.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
// What `npx errsight dev` runs.
import { DEV_WRITE_KEY, startServer } from '../../dist/esm/src/dev/server.js';
import { printEvent, printLoss } from '../../dist/esm/src/dev/print.js';

/** What has to arrive: the level, and how the title begins. */
const EXPECTED = [
  ['warning', 'the disk is almost full'],
  ['error', 'Error: ENOENT: no such file or directory'],
  ['error', 'Error: the order service is not reachable'],
  ['error', 'AggregateError: ', 'winston'],
  ['error', 'SyntaxError: the template of order 17 does not end', 'bunyan'],
  ['error', "TypeError: Cannot read properties of undefined (reading 'toFixed')"],
  ['error', 'RangeError: row 17: not a number'],
  ['warning', 'FastifyError: Body is not valid JSON'],
];
const color = process.stdout.isTTY && !process.env.NO_COLOR;

const stays = process.argv.includes('--stay');
const timeout = setTimeout(() => fail('the demo took longer than 20 seconds'), 20_000).unref();
// The port of `errsight dev`, where it is free; else any other.
const server = await startServer({ port: 3003 }).catch(() => startServer());
say(`A local ErrSight listens at ${server.url}`);

const app = fork(fileURLToPath(new URL('app.js', import.meta.url)), {
  env: {
    ...process.env,
    ERRSIGHT_HOST: server.url,
    ERRSIGHT_API_KEY: DEV_WRITE_KEY,
    ERRSIGHT_RELEASE: 'demo-1.0.0',
  },
  // It logs to stdout, as it would without ErrSight.
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
const ended = once(app, 'exit');
const [started] = await Promise.race([once(app, 'message'), ended]);
const address = started?.address ?? fail('the application did not start');
say(`A Fastify application, logging with pino, winston and bunyan, listens at ${address}\n`);

for (const [method, path, body] of [
  ['GET', '/reports/june'],
  ['GET', '/orders/17'],
  ['GET', '/stock'],
  ['GET', '/cart'],
  ['GET', '/cart'],
  ['POST', '/receipts'],
  ['POST', '/imports'],
  ['POST', '/orders', '{"item": 17,'],
]) {
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const headers = { ...type, 'x-user': 'ada' };
  const response = await fetch(address + path, { method, body, headers });
  say(`${method.padEnd(4)} ${path.padEnd(14)} ${response.status}`);
}

// The application stops listening and ends by itself; nothing tells errsight to hurry.
app.disconnect();
const [code] = await ended;
if (code !== 0) fail(`the application ended with ${code}`);

const { events, issues, requests, silent } = server;
say('\nThe issues, as ErrSight groups them:\n');
for (const issue of issues) {
  const { severity, occurrences, lastMessage } = issue;
  say(`  ${severity.padEnd(8)} ${String(occurrences).padStart(2)} x  ${lastMessage}`);
}

say('\nOne of them in full:\n');
const wrapped = events.find((event) => event.message.startsWith('Error: the order service'));
if (wrapped === undefined) fail('the wrapped error did not arrive');
const its = issues.find((issue) => issue.fingerprint === wrapped.fingerprint);
process.stdout.write(printEvent(wrapped, its, { color }));

for (const [level, title, logger] of EXPECTED) {
  const event = events.find((each) => each.level === level && each.message.startsWith(title));
  if (event === undefined) fail(`missing: ${level} ${title}`);
  if (logger === undefined) continue;
  const { tags, user_context: user, breadcrumbs } = event;
  const isComplete = tags.request_method !== undefined && user.id === 'ada';
  if (!isComplete || breadcrumbs.length === 0) fail(`the event of ${logger} is of no request`);
}
for (const loss of silent) process.stdout.write(printLoss(loss, { color }));
if (silent.length > 0) fail('the real ErrSight would have changed or dropped the above in silence');
if (events.length !== EXPECTED.length + 1) fail(`${events.length} events arrived`);
const row = events.find((event) => event.metadata.row === 17);
if (row?.metadata.password !== '[Filtered]') fail('a password left');
if (row.user_context.username !== 'ada' || row.tags.tenant !== 'acme') fail('the scope is missing');

const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
say(
  `\n${events.length} events of ${issues.length} issues arrived in ${requests.length} requests ` +
    `(${bytes} bytes). Nothing was lost.`,
);
clearTimeout(timeout);
if (stays) {
  say(`\nTheir page: ${server.url}/ (Ctrl-C ends it)`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
} else {
  say(`\nThe page that shows them was at ${server.url}/. To look at it: npm run demo -- --stay`);
}
await server.close();

function say(text) {
  process.stdout.write(`${text}\n`);
}

function fail(reason) {
  process.stderr.write(`\nThe demo failed: ${reason}\n`);
  app?.kill('SIGKILL');
  process.exit(1);
}
