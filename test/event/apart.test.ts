import t from 'tap';
import { groupingOf } from '../../src/event/make/group.ts';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { errorJson } from '../../src/main/pino/error-json.ts';
import { revive } from '../../src/notes/revive.ts';
import { scrub } from '../helpers/scrub.ts';

const readException = createExceptionReader({
  scrub,
  paths: createPathRules({ projectRoot: '/nowhere' }),
});

const WAYS: readonly ((error: Error) => unknown)[] = [
  (error) => error,
  (error) => revive(JSON.parse(JSON.stringify(errorJson(error, false)))),
];

/** The issue of an error in whose stack nothing is the application's; of one without frames too. */
function groupOf(error: Error, frames = '\n    at done (node:net:1611:16)'): string {
  error.stack = `${error.name}: ${error.message}${frames}`;
  const groups = WAYS.map((way) => {
    const read = readException(way(error));
    const { message, class: className } = read;
    const shown = read.frames.length === 0 ? undefined : read.frames;
    const given = { message, className, error: read, frames: shown, isTelling: false };
    return JSON.stringify(groupingOf({ ...given, apart: undefined }).fingerprint ?? message);
  });
  t.equal(new Set(groups).size, 1, `${error.message} is one issue on every way`);
  return groups[0] ?? '';
}

function failed(message: string, facts: object = {}, cause?: Error): Error {
  return Object.assign(new Error(message, cause && { cause }), facts);
}

function refused(port: number, address = '127.0.0.1'): Error {
  const facts = { errno: -111, code: 'ECONNREFUSED', syscall: 'connect', address, port };
  return failed(`connect ECONNREFUSED ${address}:${port}`, facts);
}

function answered(statusCode: number, path: string): Error {
  const error = failed(`GET ${path}`, { code: 'ERR_NON_2XX_3XX_RESPONSE' });
  const response = { statusCode, headers: {}, request: { method: 'GET', url: path } };
  return Object.defineProperty(error, 'response', { value: response });
}

const ofCommand = (cmd: string): Error => failed(`Command failed: ${cmd}`, { code: 1, cmd });
const members = (port: number): Error =>
  Object.assign(new AggregateError([refused(port, '::1'), refused(port)], ''), {
    code: 'ECONNREFUSED',
  });
const unknown = (hostname: string): Error =>
  failed(`getaddrinfo ENOTFOUND ${hostname}`, {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname,
  });
const missing = (path: string): Error =>
  failed(`ENOENT: no such file, open '${path}'`, { code: 'ENOENT', syscall: 'open', path });

/** `[what, errors that are one issue each]` */
const APART: readonly (readonly [string, readonly Error[]])[] = [
  ['commands', [ofCommand('pg_dump -h db'), ofCommand('/usr/bin/convert a.png b.png')]],
  ['what a shell runs', [ofCommand('sh -c "pg_dump -h db"'), ofCommand("bash -c 'convert a.png'")]],
  ['what npx runs', [ofCommand('npx --yes prisma migrate'), ofCommand('npx --yes eslint .')]],
  ["execa's commands", ['git push', 'docker pull'].map((command) => failed('x', { command }))],
  ['statuses behind one code', [answered(404, '/users'), answered(503, '/payments')]],
  [
    "axios's statuses",
    [400, 409].map((status) =>
      failed(`Request failed with status code ${status}`, { code: 'ERR_BAD_REQUEST', status }),
    ),
  ],
  [
    'statuses that the message says alone',
    [400, 409].map((status) => failed(`Request failed with status code ${status}`, { code: 'E' })),
  ],
  ['databases that are down', [refused(5432), refused(6379)]],
  ['the same with two addresses', [members(5432), members(6379)]],
  ['what failed in them', [5432, 6379].map((port) => failed('no connection', {}, refused(port)))],
  [
    'causes of a failed fetch',
    [failed('fetch failed', {}, refused(80)), failed('fetch failed', {}, unknown('a'))],
  ],
  ['hosts that are not known', [unknown('postgres'), unknown('redis')]],
  [
    'ports that are taken',
    [80, 443].map((port) => failed('in use', { code: 'EADDRINUSE', syscall: 'listen', port })),
  ],
];

/** `[what, errors that are one issue together]` */
const TOGETHER: readonly (readonly [string, readonly Error[]])[] = [
  ['files', [missing('/a/b'), missing('/c/d.json')]],
  ['addresses of one port', [refused(5432, '10.0.0.5'), refused(5432, '10.0.0.6')]],
  [
    'arguments of a command',
    [ofCommand('convert a.png b.png'), ofCommand('/usr/bin/convert c.png')],
  ],
  ['arguments behind a shell', [ofCommand('sh -c "X=1 gs -q a"'), ofCommand('sh -c "X=2 gs -r"')]],
  ['pods', [unknown('db-7f9c4d5b6a.svc'), unknown('db-5d4c3b2a1f.svc')]],
  ['ids in an address', [answered(404, '/users/5'), answered(404, '/users/6')]],
];

const NO_FRAMES = '';

t.test('different faults are different issues where no frame is of the application', (t) => {
  for (const [what, errors] of APART) {
    t.equal(new Set(errors.map((error) => groupOf(error))).size, errors.length, what);
  }
  const pair = [refused(5432), refused(6379)].map((error) => groupOf(error, NO_FRAMES));
  t.equal(new Set(pair).size, 2, 'also without any frame');
  t.end();
});

t.test('the same fault stays one, whatever file, address or argument it has', (t) => {
  for (const [what, errors] of TOGETHER) {
    t.equal(new Set(errors.map((error) => groupOf(error))).size, 1, what);
  }
  const pair = ['10.0.0.5', '10.0.0.6'].map((address) => groupOf(refused(80, address), NO_FRAMES));
  t.equal(new Set(pair).size, 1, 'also without any frame');
  t.end();
});
