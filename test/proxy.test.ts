import t from 'tap';
import { environmentProxy, parseProxy } from '../src/lib/proxy.ts';

const HTTPS = 'https://errsight.example';
const PROXY = 'http://proxy.example:3128';

// What the environment names for a host: `variable=text`, or nothing.
const ENVIRONMENTS: readonly (readonly [
  what: string,
  host: string,
  env: Readonly<Record<string, string>>,
  named: string | undefined,
])[] = [
  ['no variable', HTTPS, {}, undefined],
  ['HTTPS_PROXY', HTTPS, { HTTPS_PROXY: 'p' }, 'HTTPS_PROXY=p'],
  [
    'https_proxy before HTTPS_PROXY',
    HTTPS,
    { https_proxy: 'a', HTTPS_PROXY: 'b' },
    'https_proxy=a',
  ],
  [
    'an empty https_proxy is not set',
    HTTPS,
    { https_proxy: ' ', HTTPS_PROXY: 'b' },
    'HTTPS_PROXY=b',
  ],
  ['HTTP_PROXY is not for https:', HTTPS, { HTTP_PROXY: 'p' }, undefined],
  ['HTTPS_PROXY is not for http:', 'http://a.example', { HTTPS_PROXY: 'p' }, undefined],
  ['HTTP_PROXY', 'http://a.example', { HTTP_PROXY: 'p' }, 'HTTP_PROXY=p'],
  ['http_proxy first', 'http://a.example', { HTTP_PROXY: 'p', http_proxy: 'q' }, 'http_proxy=q'],
  [
    'HTTP_PROXY in a CGI program is the visitor’s',
    'http://a.example',
    { HTTP_PROXY: 'p', REQUEST_METHOD: 'GET' },
    undefined,
  ],
  [
    'http_proxy in a CGI program',
    'http://a.example',
    { http_proxy: 'p', REQUEST_METHOD: 'GET' },
    'http_proxy=p',
  ],
  ...[
    'http://localhost:3003',
    'http://localhost.',
    'http://app.localhost',
    'http://127.0.0.1:3003',
    'http://127.9.9.9',
    'http://[::1]:3003',
  ].map((host) => [`${host} is this machine`, host, { HTTP_PROXY: 'p' }, undefined] as const),
  [
    'a name that only begins like this machine',
    'http://localhost.example',
    { HTTP_PROXY: 'p' },
    'HTTP_PROXY=p',
  ],
];

for (const [what, host, env, named] of ENVIRONMENTS) {
  t.test(`the environment's proxy: ${what}`, (t) => {
    const found = environmentProxy(new URL(host), env);
    t.equal(found && `${found.variable}=${found.text}`, named);
    t.end();
  });
}

// NO_PROXY, the hosts that it keeps from the proxy, and hosts that it does not.
const EXCEPTIONS: readonly (readonly [
  list: string,
  direct: readonly string[],
  proxied: readonly string[],
])[] = [
  ['*', ['https://a.example', 'https://10.0.0.1', 'https://[fd00::1]'], []],
  ['a.example', ['https://a.example', 'https://b.a.example:8443'], ['https://ba.example']],
  ['.a.example', ['https://a.example', 'https://b.a.example'], ['https://ba.example']],
  ['*.a.example', ['https://b.a.example'], ['https://ba.example']],
  ['A.Example.', ['https://a.EXAMPLE', 'https://a.example.'], []],
  [
    'x.example, y.example z.example',
    ['https://y.example', 'https://z.example'],
    ['https://w.example'],
  ],
  ['a.example:8443', ['https://a.example:8443'], ['https://a.example', 'https://a.example:443']],
  ['a.example:443', ['https://a.example'], ['https://a.example:8443']],
  ['10.0.0.1', ['https://10.0.0.1', 'https://10.0.0.1:8443'], ['https://10.0.0.11']],
  ['10.0.0.1:8443', ['https://10.0.0.1:8443'], ['https://10.0.0.1']],
  ['10.0.0.0/8', ['https://10.200.0.1'], ['https://11.0.0.1', 'https://10.example']],
  ['fd00::1', ['https://[fd00:0:0::1]:8443'], ['https://[fd00::2]']],
  ['[fd00::1]', ['https://[fd00::1]'], ['https://[fd00::2]']],
  ['[fd00::1]:443', ['https://[fd00::1]'], ['https://[fd00::1]:8443']],
  ['fd00::/8', ['https://[fd12::1]'], ['https://[fe00::1]', 'https://10.0.0.1']],
  ['0.0.1', [], ['https://10.0.0.1']],
  [', . *. : [] /8 10.0.0.0/33 10.0.0.0/ a/b', [], ['https://a.example', 'https://10.0.0.1']],
];

for (const [list, direct, proxied] of EXCEPTIONS) {
  t.test(`NO_PROXY "${list}"`, (t) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const env = { HTTPS_PROXY: PROXY, [name]: list };
      for (const host of direct) t.notOk(environmentProxy(new URL(host), env), `${host} directly`);
      for (const host of proxied)
        t.ok(environmentProxy(new URL(host), env), `${host} by the proxy`);
    }
    t.end();
  });
}

t.test('what names a proxy, and what does not', (t) => {
  const GOOD = [
    ['http://proxy:3128', 'http://proxy:3128/'],
    [' https://proxy ', 'https://proxy/'],
    ['proxy:3128', 'http://proxy:3128/'],
    ['proxy', 'http://proxy/'],
    ['user:p%40ss@proxy:3128', 'http://user:p%40ss@proxy:3128/'],
    ['HTTP://[::1]:3128/', 'http://[::1]:3128/'],
    ['[::1]:3128', 'http://[::1]:3128/'],
  ] as const;
  for (const [text, url] of GOOD) t.equal(parseProxy(text)?.href, url);
  for (const text of [
    '',
    ' ',
    'socks5://proxy:1080',
    'http://',
    'http://a b',
    'proxy:99999',
    '::1',
  ]) {
    t.equal(parseProxy(text), undefined, text);
  }
  t.end();
});
