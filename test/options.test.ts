import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { OptionError } from '../src/options/reader.ts';
import { resolveInitOptions, resolveOptions } from '../src/options/options.ts';
import { VERSION } from '../src/lib/version.ts';
import { selfSigned } from './delivery/certificate.ts';

const KEY = `elp_${'a'.repeat(48)}`;

t.test('the defaults are those of the other ErrSight SDKs, in milliseconds', (t) => {
  const { request, ...rest } = resolveInitOptions({}, {});
  const { captureStatus, ...switches } = request;
  t.strictSame([499, 500, 599].map(captureStatus), [false, true, true]);
  t.strictSame(switches, {
    failedRequests: false,
    requestData: { headers: false, query: false, body: false },
  });
  t.strictSame(rest, {
    apiKey: undefined,
    environment: 'production',
    host: 'https://errsight.com',
    release: undefined,
    minLevel: 'warning',
    breadcrumbLevel: 'info',
    batchSize: 10,
    flushInterval: 2_000,
    maxQueueSize: 10_000,
    maxQueueBytes: 33_554_432,
    timeout: 5_000,
    shutdownTimeout: 5_000,
    sampleRate: 1,
    ignoreErrors: [],
    beforeSend: undefined,
    beforeSendFailOpen: false,
    beforeBreadcrumb: undefined,
    maxBreadcrumbs: 50,
    inAppInclude: [],
    inAppExclude: [],
    projectRoot: undefined,
    sourceContext: true,
    sourceMaps: true,
    spool: false,
    transport: undefined,
    scrubKeys: [],
    scrubPatterns: [],
    sendDefaultPii: false,
    proxy: undefined,
    proxyFault: undefined,
    ca: undefined,
    allowInsecureTransport: false,
    debug: false,
    track: {
      requestScopes: true,
      httpBreadcrumbs: true,
      redisBreadcrumbs: false,
      mysqlBreadcrumbs: false,
    },
    captureUncaught: true,
    attachStacktrace: false,
  });
  t.end();
});

t.test('what is tracked by itself can be switched off one by one', (t) => {
  const { track } = resolveInitOptions({}, {});
  for (const kind of Object.keys(track)) {
    t.strictSame(resolveInitOptions({ [kind]: false }, {}).track, { ...track, [kind]: false });
    t.throws(() => resolveInitOptions({ [kind]: 'no' }, {}), {
      message: `errsight: expected \`${kind}\` to be a boolean, got \`no\` (string)`,
    });
    t.throws(() => resolveOptions({ [kind]: false }, {}), { name: 'OptionError', option: kind });
  }
  t.end();
});

t.test('the environment fills in what the options leave open', (t) => {
  const env = {
    ERRSIGHT_API_KEY: KEY,
    ERRSIGHT_ENV: 'staging',
    ERRSIGHT_HOST: 'http://127.0.0.1:3003/',
    ERRSIGHT_RELEASE: '1.2.3',
    ERRSIGHT_DEBUG: 'true',
  };
  t.match(resolveOptions(undefined, env), {
    apiKey: KEY,
    environment: 'staging',
    host: 'http://127.0.0.1:3003',
    release: '1.2.3',
    debug: true,
  });
  t.match(resolveOptions({ environment: 'test', debug: false }, env), {
    environment: 'test',
    debug: false,
  });
  t.end();
});

t.test('a variable that is set to nothing is not set', (t) => {
  const env = { ERRSIGHT_API_KEY: '', ERRSIGHT_ENV: ' ', ERRSIGHT_HOST: '', ERRSIGHT_DEBUG: '' };
  t.match(resolveOptions({}, env), {
    apiKey: undefined,
    environment: 'production',
    host: 'https://errsight.com',
    debug: false,
  });
  t.end();
});

t.test('an option made of such a variable is not set either', (t) => {
  const options = { apiKey: '', environment: '', host: '', release: '' };
  t.match(resolveOptions(options, {}), { apiKey: undefined, environment: 'production' });
  t.equal(resolveOptions(options, { ERRSIGHT_ENV: 'staging' }).environment, 'staging');
  t.throws(() => resolveOptions({ projectRoot: '' }, {}), {
    name: 'OptionError',
    option: 'projectRoot',
  });
  t.end();
});

t.test('`enabled: false` is like having no key', (t) => {
  t.equal(resolveOptions({ apiKey: KEY, enabled: false }, {}).apiKey, undefined);
  t.end();
});

t.test('levels may be named as any logger names them', (t) => {
  t.match(resolveOptions({ minLevel: 'warn', breadcrumbLevel: 'TRACE' }, {}), {
    minLevel: 'warning',
    breadcrumbLevel: 'debug',
  });
  t.end();
});

const WRONG: readonly (readonly [options: unknown, option: string, message: string])[] = [
  [
    { batchSize: 0 },
    'batchSize',
    'errsight: expected `batchSize` to be a whole number from 1 to 100, got `0` (number)',
  ],
  [
    { batchSize: '10' },
    'batchSize',
    'errsight: expected `batchSize` to be a whole number from 1 to 100, got `10` (string)',
  ],
  [
    { timeout: Number.NaN },
    'timeout',
    'errsight: expected `timeout` to be a whole number from 1 to 600000, got `NaN` (number)',
  ],
  [
    { sampleRate: 1.5 },
    'sampleRate',
    'errsight: expected `sampleRate` to be a number from 0 to 1, got `1.5` (number)',
  ],
  [
    { minLevel: 'loud' },
    'minLevel',
    'errsight: expected `minLevel` to be one of `debug`, `info`, `warning`, `error`, `fatal`, got `loud` (string)',
  ],
  [
    { beforeSend: './hook.js' },
    'beforeSend',
    'errsight: expected `beforeSend` to be a function, got `./hook.js` (string)',
  ],
  [
    { ignoreErrors: ['a', 7] },
    'ignoreErrors[1]',
    'errsight: expected `ignoreErrors[1]` to be an array of strings and RegExps, got `7` (number)',
  ],
  [
    { scrubKeys: 'password' },
    'scrubKeys',
    'errsight: expected `scrubKeys` to be an array of strings, got `password` (string)',
  ],

  [
    { scrubPatterns: [/a/, 'b'] },
    'scrubPatterns[1]',
    'errsight: expected `scrubPatterns[1]` to be an array of RegExps, got `b` (string)',
  ],
  [
    { proxy: 'socks5://proxy:1080' },
    'proxy',
    'errsight: expected `proxy` to be the URL of an http: or https: proxy, or `false`, got `socks5://proxy:1080` (string)',
  ],
  [
    { proxy: 'ftp://user:pass@proxy' },
    'proxy',
    'errsight: expected `proxy` to be the URL of an http: or https: proxy, or `false`, got a text of 21 characters (string)',
  ],
  [
    { proxy: true },
    'proxy',
    'errsight: expected `proxy` to be the URL of an http: or https: proxy, or `false`, got `true` (boolean)',
  ],
  [
    { ca: './no/such/ca.pem' },
    'ca',
    'errsight: expected `ca` to be certificates in PEM form, or the path of a file of such, got `./no/such/ca.pem` (ENOENT)',
  ],
  [
    { ca: '.' },
    'ca',
    'errsight: expected `ca` to be certificates in PEM form, or the path of a file of such, got `.` (EISDIR)',
  ],
  [
    { ca: 'package.json' },
    'ca',
    'errsight: expected `ca` to be certificates in PEM form, or the path of a file of such, got `package.json`, a file without a certificate',
  ],
  [
    { ca: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' },
    'ca',
    'errsight: expected `ca` to be certificates in PEM form, or the path of a file of such, got a text of 58 characters without a certificate',
  ],
  [
    { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
    'ca',
    'errsight: expected `ca` to be certificates in PEM form, or the path of a file of such, got a text of 58 characters whose certificate 1 cannot be read',
  ],
  [
    { ca: 7 },
    'ca',
    'errsight: expected `ca` to be certificates in PEM form, or the path of a file of such, got `7` (number)',
  ],
  [{ debug: null }, 'debug', 'errsight: expected `debug` to be a boolean, got `null` (null)'],
  [
    { host: 'errsight.example' },
    'host',
    'errsight: expected `host` to be an http: or https: URL without user, query and fragment, got `errsight.example` (string)',
  ],
  [
    { host: 'https://user:pass@errsight.example' },
    'host',
    'errsight: expected `host` to be an http: or https: URL without user, query and fragment, got a text of 34 characters (string)',
  ],
  [
    { apiKey: `elr_${'a'.repeat(48)}` },
    'apiKey',
    'errsight: expected `apiKey` to be an ErrSight write key (`elp_…`, not a read key `elr_…`), got a text of 52 characters (string)',
  ],
  [
    { minlevel: 'error' },
    'minlevel',
    'errsight: unknown option `minlevel`; did you mean `minLevel`?',
  ],
  [{ api_key: KEY }, 'api_key', 'errsight: unknown option `api_key`; did you mean `apiKey`?'],
  [{ colour: 'red' }, 'colour', 'errsight: unknown option `colour`'],
  ['elp_', 'options', 'errsight: expected `options` to be an object, got `elp_` (string)'],
];

const HOST = 'https://errsight.example';
const PROXIES: readonly (readonly [
  what: string,
  options: object,
  env: Readonly<Record<string, string>>,
  proxy: string | undefined,
  fault?: string,
])[] = [
  ['the environment’s', {}, { HTTPS_PROXY: 'u:p@proxy:3128' }, 'http://u:p@proxy:3128/'],
  ['an exception of the environment', {}, { HTTPS_PROXY: 'p', NO_PROXY: '.example' }, undefined],
  ['the option’s', { proxy: 'https://a' }, { HTTPS_PROXY: 'b', NO_PROXY: '*' }, 'https://a/'],
  ['the option’s false', { proxy: false }, { HTTPS_PROXY: 'b' }, undefined],
  ['an empty option', { proxy: '' }, { HTTPS_PROXY: 'b' }, 'http://b/'],
  ['an option for this machine', { proxy: 'a', host: 'http://127.0.0.1:1' }, {}, 'http://a/'],
  [
    'a wrong variable',
    {},
    { HTTPS_PROXY: 'socks5://user:secret@proxy' },
    undefined,
    '`HTTPS_PROXY` is not the URL of an http: or https: proxy',
  ],
  ['a wrong variable beside an option', { proxy: 'a' }, { HTTPS_PROXY: ':' }, 'http://a/'],
  ['a wrong variable beside false', { proxy: false }, { HTTPS_PROXY: ':' }, undefined],
];

for (const [what, options, env, proxy, proxyFault] of PROXIES) {
  t.test(`the proxy: ${what}`, (t) => {
    const config = resolveOptions({ host: HOST, ...options }, env);
    t.strictSame([config.proxy, config.proxyFault], [proxy, proxyFault]);
    t.end();
  });
}

t.test('`ca` is a PEM text or a file, of which only the certificates are kept', (t) => {
  const { key, cert } = selfSigned();
  const file = join(t.testdir(), 'ca.pem');
  writeFileSync(file, `# ours\n${key}${cert}${cert}`);
  t.equal(resolveOptions({ ca: cert }, {}).ca, cert);
  t.equal(resolveOptions({ ca: file }, {}).ca, cert + cert);
  t.equal(resolveOptions({ ca: '' }, {}).ca, undefined);
  t.end();
});

t.test('a wrong option is refused by name, with what was expected and what came', (t) => {
  for (const [options, option, message] of WRONG) {
    t.throws(() => resolveOptions(options, {}), {
      name: 'OptionError',
      code: 'ERR_ERRSIGHT_OPTION',
      option,
      message,
    });
  }
  t.end();
});

t.test('a wrong variable of the environment is refused by its own name', (t) => {
  t.throws(() => resolveOptions({}, { ERRSIGHT_HOST: 'nowhere' }), {
    name: 'OptionError',
    option: 'ERRSIGHT_HOST',
  });
  t.throws(() => resolveOptions({}, { ERRSIGHT_DEBUG: 'maybe' }), {
    message:
      'errsight: expected `ERRSIGHT_DEBUG` to be `1`, `true`, `0` or `false`, got `maybe` (string)',
  });
  t.end();
});

t.test('a key never stands in an error', (t) => {
  const key = `elp_${'secret'.repeat(40)}`;
  try {
    resolveOptions({ apiKey: key }, {});
    t.fail('the key is too long');
  } catch (error) {
    t.type(error, OptionError);
    t.notMatch(String(error), 'secretsecret');
  }
  t.end();
});

t.test('whatever is given, the answer is a config or an OptionError', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ batchSize: fc.anything(), host: fc.anything() })),
        (options) => {
          try {
            resolveOptions(options, {});
          } catch (error) {
            if (!(error instanceof OptionError)) throw error;
          }
        },
      ),
    ),
  );
  t.end();
});

t.test('the version is that of package.json', (t) => {
  const path = new URL('../../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  t.equal(VERSION, version);
  t.end();
});
