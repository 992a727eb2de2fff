import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { OptionError } from '../src/options/option-error.ts';
import {
  resolveInitOptions,
  resolveOptions,
  resolveTargetOptions,
} from '../src/options/resolve.ts';
import type { Config } from '../src/options/config.ts';
import { DEFAULT_TAGS } from '../src/default-tags.ts';
import { VERSION } from '../src/lib/version.ts';
import { errsightLines } from './main/stderr.ts';
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
    environmentBy: 'the default',
    host: 'https://errsight.com',
    release: undefined,
    releaseBy: undefined,
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
    defaultTags: [...DEFAULT_TAGS],
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
    console: { steps: true, events: [] },
    track: {
      requestScopes: true,
      httpBreadcrumbs: true,
      redisBreadcrumbs: false,
      mysqlBreadcrumbs: false,
      pgBreadcrumbs: false,
    },
    captureUncaught: true,
    localVariables: [],
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
    'errsight: expected `ignoreErrors[1]` to be an array of strings, RegExps, classes and functions, got `7` (number)',
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
    'errsight: expected `host` to be an http: or https: URL without user, query and fragment, got `errsight.example` (string): `http://` or `https://` is missing before it',
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

/** What the environment says, what it is read as, and what is told of it. */
const SETTINGS: readonly (readonly [
  what: string,
  env: Readonly<Record<string, string>>,
  config: Partial<Config>,
  told?: string,
])[] = [
  ['blanks around the key', { ERRSIGHT_API_KEY: ` ${KEY}\t` }, { apiKey: KEY }],
  ['quotes and a line end around it', { ERRSIGHT_API_KEY: `"${KEY}"\r\n` }, { apiKey: KEY }],
  ['a line end that was escaped', { ERRSIGHT_API_KEY: `'${KEY}\\n'` }, { apiKey: KEY }],
  ['curly quotes around it', { ERRSIGHT_API_KEY: `\u201c${KEY}\u201d` }, { apiKey: KEY }],
  [
    'other quotes around it',
    { ERRSIGHT_API_KEY: `\u2018\u00ab${KEY}\u00bb\u2019` },
    { apiKey: KEY },
  ],
  ['an invisible blank around it', { ERRSIGHT_API_KEY: `\u200b${KEY}\u2060` }, { apiKey: KEY }],
  ...['Bearer ', 'bearer  "', '“Bearer ', 'Authorization: Bearer '].map(
    (header) =>
      [`the header ${header}`, { ERRSIGHT_API_KEY: `${header}${KEY}"` }, { apiKey: KEY }] as const,
  ),
  ['a byte order mark before it', { ERRSIGHT_API_KEY: `\ufeff${KEY}` }, { apiKey: KEY }],
  [
    'a read key',
    { ERRSIGHT_API_KEY: `elr_${'a'.repeat(48)}` },
    { apiKey: undefined },
    'expected `ERRSIGHT_API_KEY` to be an ErrSight write key (`elp_…`, not a read key `elr_…`), got a text of 52 characters (string); nothing is reported',
  ],
  ...(
    [
      [`${KEY} ${KEY}`, 105, 'it has a blank within'],
      ['two words', 9, 'it has a blank within'],
      [`${KEY.slice(0, 40)}\n${KEY.slice(40)}`, 53, 'it has a line end or a tab within'],
      [`Bearer ${KEY}\r\n${KEY}\n`, 113, 'it has a line end or a tab within'],
    ] as const
  ).map(
    ([text, length, fault]) =>
      [
        `the key ${text}`,
        { ERRSIGHT_API_KEY: text },
        { apiKey: undefined },
        `expected \`ERRSIGHT_API_KEY\` to be an ErrSight write key (\`elp_…\`, not a read key \`elr_…\`), got a text of ${length} characters (string): ${fault}; nothing is reported`,
      ] as const,
  ),
  ...['undefined', 'null', '"undefined"'].map(
    (text) =>
      [
        `the key ${text}`,
        { ERRSIGHT_API_KEY: text, ERRSIGHT_DEBUG: '1' },
        { apiKey: undefined },
        `expected \`ERRSIGHT_API_KEY\` to be an ErrSight write key (\`elp_…\`, not a read key \`elr_…\`), got a text of ${text.replaceAll('"', '').length} characters (string); nothing is reported`,
      ] as const,
  ),
  [
    'a key that was cut',
    { ERRSIGHT_API_KEY: KEY.slice(0, 40) },
    { apiKey: KEY.slice(0, 40) },
    'the API key has 40 characters and not the form of a key, which is `elp_` and 48 digits or letters from a to f',
  ],
  ...[
    ['http://127.0.0.1:3003/', 'http://127.0.0.1:3003'],
    ['  https://errsight.example \n', 'https://errsight.example'],
    ['https://errsight.example/api/v1/events', 'https://errsight.example'],
    ['https://errsight.example/api/v1/', 'https://errsight.example'],
    ['https://example.com/errsight/', 'https://example.com/errsight'],
    ['https://example.com/errsight/api/v1/events/', 'https://example.com/errsight'],
  ].map(
    ([given = '', host = '']) =>
      [
        `the host ${given}`,
        { ERRSIGHT_API_KEY: KEY, ERRSIGHT_HOST: given },
        { apiKey: KEY, host },
      ] as const,
  ),
  ...['nowhere', 'undefined', 'https://errsight.example/?a=1', 'ftp://errsight.example'].map(
    (text) =>
      [
        `the host ${text}: it is for no other server`,
        { ERRSIGHT_API_KEY: KEY, ERRSIGHT_HOST: text },
        { apiKey: undefined },
        `expected \`ERRSIGHT_HOST\` to be an http: or https: URL without user, query and fragment, got \`${text}\` (string); nothing is reported`,
      ] as const,
  ),
  ...[
    'localhost',
    'localhost:3000',
    '127.0.0.1:3000',
    '[::1]:3000',
    'errsight:3000',
    'errsight.example',
    'errsight.example:3000/path',
  ].map(
    (text) =>
      [
        `the host ${text}, which has no scheme`,
        { ERRSIGHT_API_KEY: KEY, ERRSIGHT_HOST: `${text}/api/v1/events` },
        { apiKey: undefined },
        `expected \`ERRSIGHT_HOST\` to be an http: or https: URL without user, query and fragment, got \`${text}/api/v1/events\` (string): \`http://\` or \`https://\` is missing before it; nothing is reported`,
      ] as const,
  ),
  [
    'line ends within other variables',
    { ERRSIGHT_API_KEY: KEY, ERRSIGHT_HOST: 'http://a\nb', ERRSIGHT_ENV: 'a\r\nb' },
    { apiKey: undefined, environment: 'production' },
    'expected `ERRSIGHT_HOST` to be an http: or https: URL without user, query and fragment, got `http://a\nb` (string): it has a line end or a tab within; ' +
      'expected `ERRSIGHT_ENV` to be a text of 1 to 200 characters, got `a\r\nb` (string): it has a line end or a tab within; nothing is reported',
  ],
  [
    'another name for the environment',
    { ERRSIGHT_API_KEY: KEY, ERRSIGHT_ENVIRONMENT: 'staging' },
    { apiKey: KEY, environment: 'production' },
    '`ERRSIGHT_ENVIRONMENT` is not read, but `ERRSIGHT_ENV` is',
  ],
  [
    'both names',
    { ERRSIGHT_API_KEY: KEY, ERRSIGHT_ENVIRONMENT: 'x', ERRSIGHT_ENV: 'staging' },
    { apiKey: KEY, environment: 'staging' },
  ],
  ...['1', 'true', 'YES', ' on ', '"on"', 'maybe', 'errsight:*'].map(
    (text) => [`debug by ${text}`, { ERRSIGHT_DEBUG: text }, { debug: true }] as const,
  ),
  ...['', '0', 'false', 'No', ' off ', 'undefined'].map(
    (text) => [`no debug by ${text}`, { ERRSIGHT_DEBUG: text }, { debug: false }] as const,
  ),
  ...['', '0', 'false', 'OFF', 'no', 'undefined'].map(
    (text) => [`no spool by ${text}`, { ERRSIGHT_SPOOL_DIR: text }, { spool: false }] as const,
  ),
  ...['1', 'True', 'yes', 'on'].map(
    (text) =>
      [`the usual spool by ${text}`, { ERRSIGHT_SPOOL_DIR: text }, { spool: true }] as const,
  ),
  ['a spool in a folder', { ERRSIGHT_SPOOL_DIR: '/var/spool/' }, { spool: '/var/spool/' }],
  [
    'quotes around other variables',
    { ERRSIGHT_ENV: '"staging"', ERRSIGHT_RELEASE: "'1.2.3'\n" },
    { environment: 'staging', release: '1.2.3' },
  ],
  [
    'several that are wrong',
    { ERRSIGHT_API_KEY: KEY, ERRSIGHT_RELEASE: 'undefined', ERRSIGHT_ENV: 'e'.repeat(201) },
    { apiKey: KEY, release: undefined, environment: 'production' },
    `expected \`ERRSIGHT_ENV\` to be a text of 1 to 200 characters, got \`${'e'.repeat(60)}…\` (string); ` +
      'expected `ERRSIGHT_RELEASE` to be a text of 1 to 120 characters, got `undefined` (string)',
  ],
  [
    'wrong ones where there is no key',
    { ERRSIGHT_RELEASE: 'undefined', ERRSIGHT_SPOOL_DIR: 'x'.repeat(5_000) },
    { apiKey: undefined, release: undefined, spool: false },
  ],
];

t.test('what the environment says wrongly is read as meant, or told in one line', (t) => {
  for (const [what, env, config, told] of SETTINGS) {
    for (const resolve of [resolveOptions, resolveInitOptions]) {
      const lines: string[] = [];
      t.match(
        resolve({}, env, (line) => lines.push(line)),
        config,
        what,
      );
      t.strictSame(lines, told === undefined ? [] : [`the settings are wrong: ${told}`], what);
    }
  }
  t.end();
});

t.test('of the target in a worker only that is told which leaves it without a worker', (t) => {
  const lines: string[] = [];
  const resolve = (env: Readonly<Record<string, string>>): unknown =>
    resolveTargetOptions({}, env, (line) => lines.push(line)).apiKey;
  t.equal(resolve({ ERRSIGHT_API_KEY: KEY, ERRSIGHT_RELEASE: 'null' }), KEY);
  t.strictSame(lines, []);
  t.equal(resolve({ ERRSIGHT_API_KEY: 'null' }), undefined);
  t.equal(lines.length, 1);
  t.end();
});

t.test('by itself it is told on stderr, and once by all that read it', (t) => {
  const lines = errsightLines(t);
  for (const resolve of [resolveOptions, resolveInitOptions, resolveTargetOptions]) {
    resolve({}, { ERRSIGHT_API_KEY: 'undefined' });
  }
  t.equal(lines.length, 1);
  t.match(lines[0], /^errsight: the settings are wrong: expected `ERRSIGHT_API_KEY`/);
  t.end();
});

t.test('the code is forgiven the same, and what cannot be meant throws', (t) => {
  const host = 'https://errsight.example/api/v1/events ';
  const config = resolveOptions({ apiKey: `"${KEY}"\n`, host }, {});
  t.match(config, { apiKey: KEY, host: 'https://errsight.example' });
  for (const apiKey of ['undefined', 'null', ' ', 'a b']) {
    t.throws(() => resolveOptions({ apiKey }, {}), { name: 'OptionError', option: 'apiKey' });
  }
  t.end();
});

t.test('a projectRoot that is no folder is told, and used for names all the same', (t) => {
  const lines: string[] = [];
  const tell = (line: string): unknown => lines.push(line);
  for (const projectRoot of ['/no/such/folder', 'package.json']) {
    t.equal(resolveOptions({ projectRoot, apiKey: KEY }, {}, tell).projectRoot, projectRoot);
    const told = `the settings are wrong: \`projectRoot\` is no folder here, got \`${projectRoot}\``;
    t.strictSame(lines.splice(0), [told]);
  }
  resolveOptions({ projectRoot: '/no/such/folder' }, {}, tell);
  resolveOptions({ projectRoot: '.', apiKey: KEY }, {}, tell);
  t.strictSame(lines, []);
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
