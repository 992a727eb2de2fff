/** `errsight test`: names what is wrong with a configuration, and what helps. */
import { createServer as createTlsServer } from 'node:https';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestListener } from 'node:http';
import t, { type Test } from 'tap';
import { DEV_READ_KEY } from '../../src/dev/server.ts';
import { selfSigned } from '../delivery/certificate.ts';
import { KEY, listen, serve, serveTcp } from '../delivery/local.ts';
import { startProxy } from '../delivery/local-proxy.ts';
import { ROOT } from '../helpers/app.ts';
import { runProgram, type Ended } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import { freePort } from '../helpers/free-port.ts';

const CLI = join(ROOT, 'dist/esm/src/cli/main.js');

t.jobs = 3;

type Variables = Readonly<Record<string, string>>;

function run(env: Variables, args: readonly string[] = []): Promise<Ended> {
  return runProgram(process.execPath, [CLI, 'test', ...args], { env });
}

const folder = mkdtempSync(join(tmpdir(), 'errsight-test-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A server that answers every request so. */
function answering(status: number, body: unknown, headers: Variables = {}): RequestListener {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(text));
  };
}

t.test('an event arrives, and it is said how', async (sub) => {
  const server = await strictServer(sub);
  const ended = await run({ ...server.env, ERRSIGHT_ENV: 'staging' });
  sub.match(ended, {
    code: 0,
    stderr: '',
    stdout:
      /key +ends in 0000\n[^]*proxy +none\n[^]*address +127\.0\.0\.1\n[^]*HTTP 202[^]*has arrived[^]*staging/,
  });
  sub.match(server.events, [
    { level: 'info', message: 'errsight test: it works', tags: { errsight: 'test' } },
  ]);
});

t.test('options of a file and variables of another hold', async (sub) => {
  const server = await strictServer(sub);
  const config = file(
    'options.mjs',
    `export default { host: ${JSON.stringify(server.url)}, environment: 'ci' };`,
  );
  const env = file('.env', `ERRSIGHT_API_KEY="${server.key}"\n`);
  const ended = await run({}, ['--config', config, '--env', env]);
  sub.match(ended, { code: 0, stderr: '' });
  sub.match(server.events, [{ environment: 'ci' }]);
});

t.test('a transport of the application is asked instead', async (sub) => {
  const good = file('good.mjs', `export default { transport: () => undefined };`);
  const taken = await run({ ERRSIGHT_API_KEY: KEY }, ['--config', good]);
  sub.match(taken, { code: 0, stdout: /Your transport has taken it/ });
  const bad = file(
    'bad.mjs',
    `export default { shutdownTimeout: 100, transport() { throw new Error('full'); } };`,
  );
  const refused = await run({ ERRSIGHT_API_KEY: KEY }, ['--config', bad]);
  sub.match(refused, { code: 1, stdout: /your transport has not taken it/ });
});

t.test('TLS with a certificate of an own authority is shown', async (sub) => {
  const certificate = selfSigned();
  const { port } = await listen(sub, createTlsServer(certificate, answering(202, { queued: 1 })));
  const config = file('ca.json', JSON.stringify({ ca: certificate.cert }));
  const host = `https://127.0.0.1:${port}`;
  const ended = await run({ ERRSIGHT_HOST: host, ERRSIGHT_API_KEY: KEY }, ['--config', config]);
  sub.match(ended, { code: 0, stdout: /TLS +TLSv1\.3, certificate of errsight test 127\.0\.0\.1/ });
});

t.test('certificates that are trusted, and wrong in another way', async (sub) => {
  const cases = [
    [{ until: '210101' }, /has expired \(CERT_HAS_EXPIRED\)[^]*clock/],
    [{ host: 'errsight.example' }, /is for another name \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
  ] as const;
  for (const [options, says] of cases) {
    const certificate = selfSigned(options);
    const { port } = await listen(sub, createTlsServer(certificate, answering(202, { queued: 1 })));
    const config = file(`ca-${says.source.length}.json`, JSON.stringify({ ca: certificate.cert }));
    const env = { ERRSIGHT_HOST: `https://127.0.0.1:${port}`, ERRSIGHT_API_KEY: KEY };
    sub.match(await run(env, ['--config', config]), { code: 1, stderr: '', stdout: says });
  }
});

interface Broken {
  readonly name: string;
  /** What is set; the rest is right. */
  readonly make: (sub: Test) => Promise<Variables> | Variables;
  readonly says: RegExp;
  readonly code?: number;
  readonly options?: object;
}

const at = (host: string): Variables => ({ ERRSIGHT_HOST: host });

async function tls(sub: Test): Promise<Variables> {
  const certificate = selfSigned();
  const { port } = await listen(sub, createTlsServer(certificate, answering(202, { queued: 1 })));
  return at(`https://127.0.0.1:${port}`);
}

const answers = async (
  sub: Test,
  status: number,
  body: unknown,
  headers?: Variables,
): Promise<Variables> => at((await serve(sub, answering(status, body, headers))).host);

/** A host that only a proxy leads to. */
const PROXIED = 'errsight.invalid';

const BROKEN: readonly Broken[] = [
  {
    name: 'no key',
    make: () => ({ ERRSIGHT_API_KEY: '' }),
    says: /no key is known[^]*Set ERRSIGHT_API_KEY/,
    code: 2,
  },
  {
    name: 'a read key',
    make: () => ({ ERRSIGHT_API_KEY: DEV_READ_KEY }),
    says: /read key \(elr_…\)[^]*write key/,
    code: 2,
  },
  {
    name: 'a read key that was copied with its header and quotes',
    make: () => ({ ERRSIGHT_API_KEY: `"Bearer ${DEV_READ_KEY}"` }),
    says: /read key \(elr_…\)[^]*write key/,
    code: 2,
  },
  {
    name: 'a host that is no URL',
    make: () => at('ftp://errsight'),
    says: /^ {2}configuration.*\n\nIt has not[^]*expected `ERRSIGHT_HOST`[^]*Write the whole address, as https:/,
    code: 2,
  },
  {
    name: 'half of a key',
    make: async (sub) => ({
      ...(await answers(sub, 401, { error: 'Invalid or missing API key' })),
      ERRSIGHT_API_KEY: KEY.slice(0, 30),
    }),
    says: /401[^]*the key is no write key: it has 30 characters[^]*Copy the whole key/,
  },
  {
    name: 'a name that is not known',
    make: () => at('https://errsight.invalid'),
    says: /\(DNS\) \((?:ENOTFOUND|EAI_AGAIN)\)|no DNS server answers/,
  },
  {
    name: 'nobody at the port',
    make: async () => at(`http://127.0.0.1:${await freePort()}`),
    says: /nobody listens at that port/,
  },
  {
    name: 'https: where http: is spoken',
    make: async (sub) => at((await serve(sub, answering(202, {}))).host.replace('http:', 'https:')),
    says: /does not speak TLS[^]*http: instead of https:/,
  },
  {
    name: 'http: where https: is spoken',
    make: async (sub) => at(((await tls(sub))['ERRSIGHT_HOST'] ?? '').replace('https:', 'http:')),
    says: /closed without an answer[^]*expects https:/,
  },
  { name: 'a self-signed certificate', make: (sub) => tls(sub), says: /is self-signed[^]*`ca`/ },
  {
    name: 'no HTTP at the port',
    make: async (sub) =>
      at((await serveTcp(sub, (socket) => socket.end('220 mail ready\r\n'))).host),
    says: /is no HTTP server/,
  },
  {
    name: 'a connection that is cut',
    make: async (sub) =>
      at((await serveTcp(sub, (socket) => void socket.once('data', () => socket.destroy()))).host),
    says: /closed without an answer/,
  },
  {
    name: 'no answer',
    make: async (sub) => at((await serveTcp(sub, () => undefined)).host),
    says: /no complete answer in time[^]*proxy/,
    options: { timeout: 300 },
  },
  {
    name: 'a key that is not known',
    make: async (sub) => {
      const server = await strictServer(sub, { writeKeys: [`elp_${'1'.repeat(48)}`] });
      return at(server.url);
    },
    says: /it said +Invalid or missing API key[^]*does not know the key, or it was revoked/,
  },
  {
    name: 'a key that may only read, on the server',
    make: (sub) => answers(sub, 403, { error: 'API key lacks required scope: write' }),
    says: /may not write[^]*begins with elp_/,
  },
  {
    name: 'an organization that is gone',
    make: (sub) => answers(sub, 403, { error: 'Organization is no longer active' }),
    says: /organization of the key is no longer active/,
  },
  {
    name: 'a firewall',
    make: (sub) => answers(sub, 403, '<html>no'),
    says: /is forbidden \(403\)[^]*firewall/,
  },
  {
    name: 'a path too much',
    make: async (sub) => at(`${(await strictServer(sub)).url}/projects/7`),
    says: /no ErrSight at that address \(404\)[^]*without the path/,
  },
  {
    name: 'a paused project',
    make: (sub) => answers(sub, 429, { error: 'x', code: 'INGESTION_PAUSED' }),
    says: /project is paused/,
  },
  {
    name: 'no room in this minute',
    make: (sub) => answers(sub, 429, { error: 'x', code: 'RATE_LIMIT_EXCEEDED' }),
    says: /used up its events of this minute/,
  },
  {
    name: 'a gateway that has had enough',
    make: (sub) => answers(sub, 429, 'slow'),
    says: /something between limits[^]*\(429\)[^]*Raise its limit/,
  },
  {
    name: 'a limit that is not of the project',
    make: (sub) => answers(sub, 429, { message: 'Too Many Requests' }),
    says: /something between limits/,
  },
  {
    name: 'a server that fails',
    make: (sub) => answers(sub, 500, 'oh'),
    says: /the server failed \(500\)/,
  },
  {
    name: 'a gateway without a server',
    make: (sub) => answers(sub, 502, '<html>'),
    says: /behind a gateway does not answer \(502\)/,
  },
  {
    name: 'a web page',
    make: (sub) => answers(sub, 200, '<!doctype html><p>Log in', { 'content-type': 'text/html' }),
    says: /a web page answered with 200[^]*login page/,
  },
  {
    name: 'a 202 of somebody else',
    make: (sub) => answers(sub, 202, 'ok'),
    says: /something else answered with 202/,
  },
  {
    name: 'a redirect',
    make: (sub) => answers(sub, 301, '', { location: 'https://other.example/api/v1/events' }),
    says: /redirects to https:\/\/other\.example \(301\)[^]*Set ERRSIGHT_HOST to https:\/\/other\.example/,
  },
  {
    name: 'a proxy that is not there',
    make: async () => ({
      ...at(`http://${PROXIED}`),
      HTTP_PROXY: `http://127.0.0.1:${await freePort()}`,
    }),
    says: /the proxy could not be reached[^]*ECONNREFUSED/,
  },
  {
    name: 'a proxy for https: that is not there',
    make: async () => ({
      ...at(`https://${PROXIED}`),
      HTTPS_PROXY: `http://127.0.0.1:${await freePort()}`,
    }),
    says: /the proxy does not work \(the proxy failed \(ECONNREFUSED\)\)/,
  },
  {
    name: 'a proxy that wants a password',
    make: async (sub) => {
      const proxy = await startProxy(sub, {
        to: 1,
        intercept: (_request, socket) => {
          socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
          return true;
        },
      });
      return { ...at(`https://${PROXIED}`), HTTPS_PROXY: `http://${proxy.address}` };
    },
    says: /proxy +http:\/\/127[^]*wants a user and a password \(407\)/,
  },
  {
    name: 'a proxy that is no URL',
    make: () => ({ ...at(`https://${PROXIED}`), HTTPS_PROXY: 'socks5://127.0.0.1:1' }),
    says: /`HTTPS_PROXY` is not the URL[^]*nothing is sent/,
    code: 2,
  },
  {
    name: 'a hook that leaves all out',
    make: () => ({}),
    says: /your own settings leave the event out/,
    options: { beforeSend: 'null' },
  },
];

for (const { name, make, says, code = 1, options } of BROKEN) {
  t.test(name, async (sub) => {
    const env = { ERRSIGHT_API_KEY: KEY, ...(await make(sub)) };
    const text = JSON.stringify(options)?.replace('"null"', '() => null');
    const args =
      text === undefined
        ? []
        : ['--config', file(`${name.replaceAll(' ', '-')}.mjs`, `export default ${text};`)];
    const ended = await run(env, args);
    // A host behind a proxy is not this machine.
    const stderr = /^(?:errsight: `host` is a cleartext [^\n]+\n)?$/;
    sub.match(ended, { code, stderr, stdout: says });
    sub.notMatch(ended.stdout, KEY, 'the key itself is not shown');
  });
}

t.test('a command line that is wrong is explained', async (sub) => {
  const cases = [
    [['--config', 'nowhere.mjs'], /--config: nowhere\.mjs could not be read/],
    [['--config', file('text.json', '"a"')], /to export an object of options/],
    [['--config', file('wrong.json', '{"apiKeys":1}')], /unknown option `apiKeys`/],
    [['--env', 'nowhere.env'], /--env: nowhere\.env could not be read: there is no such file/],
    [['--hots', 'x'], /Unknown option '--hots'; there are --config, --env/],
    [['now'], /"now" is too much for errsight test, which takes --config, --env/],
  ] as const;
  for (const [args, message] of cases) {
    const ended = await run({ ERRSIGHT_API_KEY: KEY }, args);
    sub.match(ended, { code: 2, stdout: '', stderr: message }, args.join(' '));
  }
});
