/**
 * What must not leave: the names, the forms and the encodings in which secrets stand. Together with
 * test/readable/corpus.ts it says what scrubbing is to do; whoever finds another form adds a line.
 */
import { inspect } from 'node:util';

export const NAMES: readonly string[] = `
  password Password user_password passwd clientSecret access_token API-KEY x-api-key Authorization
  proxy-authorization Set-Cookie sessionId connect.sid X-CSRF-Token jwt auth private_key creditCard
  dbPass userPwd X-Amz-Signature authHeader stripeSecretKey PGPASSWORD DB_PASSWORD MYSQL_PWD
  x-amz-security-token client_secret csrfmiddlewaretoken passwordHash pin_code mailPass X-Auth-Key
  JWT_KEY SAMLResponse otpCode card_cvc user_ssn NEXTAUTH_SECRET PHPSESSID AWS_SECRET_ACCESS_KEY
  OPENAI_API_KEY SENDGRID_KEY code_verifier refreshToken idToken x-vault-token X-Hub-Signature-256
  passphrase encryptionKey SharedAccessKey AccountKey Pwd mfaCode totpSecret cvv2 cardNumber
  spring.datasource.password newPassword1 confirmPassword webhookSecret sid sig hmacKey APP_KEY
  refreshTokens cookies credentials bearerToken apiKey secret token resetPasswordToken
`
  .split(/\s+/)
  .filter((name) => name !== '');

/** A text that holds a secret under a name. */
export interface Form {
  readonly what: string;
  readonly write: (name: string, secret: string) => string;
  /** Signs that a secret may have here: others end it. */
  readonly signs: string;
}

const ANY = ' #/?&=+.,;:!@$%^*(){}[]<>|~§ü-_';
const WORD = '#/?+.!@$^*~_-';

function xmlName(name: string): string {
  return name.replace(/[^\w.-]/g, '_');
}

export const FORMS: readonly Form[] = [
  { what: 'an environment variable', write: (n, s) => `${n}=${s}`, signs: WORD },
  { what: 'a variable with blanks', write: (n, s) => `${n} = ${s}`, signs: WORD },
  { what: 'a shell export', write: (n, s) => `export ${n}="${s}"`, signs: ANY },
  { what: 'a quoted variable', write: (n, s) => `${n}='${s}'`, signs: ANY },
  { what: 'a form', write: (n, s) => `a=1&${n}=${encodeURIComponent(s)}&b=2`, signs: ANY },
  { what: 'a query', write: (n, s) => `/a?x=1&${n}=${encodeURIComponent(s)}#top`, signs: ANY },
  {
    what: 'a whole URL',
    write: (n, s) => `GET https://x.example/a/b?${n}=${encodeURIComponent(s)} 401`,
    signs: ANY,
  },
  {
    what: 'a URL within a URL',
    write: (n, s) =>
      `/login?next=${encodeURIComponent(`/cb?${n}=${encodeURIComponent(s)}&y=1`)}&z=2`,
    signs: ANY,
  },
  { what: 'a fragment', write: (n, s) => `https://x.example/cb#${n}=${s}&state=1`, signs: '.-_~' },
  { what: 'logfmt', write: (n, s) => `level=info ${n}=${s} ms=3`, signs: WORD },
  {
    what: 'a header',
    write: (n, s) => `GET / HTTP/1.1\r\nHost: x\r\n${n}: ${s}\r\nAccept: */*\r\n\r\n`,
    signs: ANY,
  },
  { what: 'a line', write: (n, s) => `it failed\n${n}: ${s}\nthe end`, signs: ANY },
  { what: 'an only line', write: (n, s) => `${n}: ${s}`, signs: ANY },
  {
    what: 'within a sentence',
    write: (n, s) => `could not log in with ${n}: ${s} at the third attempt`,
    signs: WORD,
  },
  {
    what: 'the cookies of a request',
    write: (n, s) => `Cookie: theme=dark; ${n}=${s}; lang=de`,
    signs: WORD,
  },
  { what: 'JSON', write: (n, s) => JSON.stringify({ a: 1, [n]: s, b: [2] }), signs: `${ANY}"'\\` },
  {
    what: 'JSON with indentation',
    write: (n, s) => JSON.stringify({ a: { [n]: s, b: 1 } }, null, 2),
    signs: `${ANY}"'\\`,
  },
  {
    what: 'JSON, a list',
    write: (n, s) => JSON.stringify({ [n]: [s, { x: s }], b: 1 }),
    signs: `${ANY}"'\\`,
  },
  {
    what: 'JSON that is cut',
    write: (n, s) => `body: ${JSON.stringify({ a: 1, [n]: s }).slice(0, -2)}`,
    signs: ANY,
  },
  {
    what: 'JSON in JSON',
    write: (n, s) => JSON.stringify({ body: JSON.stringify({ [n]: s, b: 1 }) }),
    signs: `${ANY}"'\\`,
  },
  {
    what: 'JSON in JSON in JSON',
    write: (n, s) => JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ [n]: s }) }) }),
    signs: `${ANY}"'`,
  },
  {
    what: 'pairs as JSON',
    write: (n, s) =>
      JSON.stringify({
        headers: [
          [n, s],
          ['host', 'x'],
        ],
      }),
    signs: `${ANY}"'`,
  },
  {
    what: 'rawHeaders as JSON',
    write: (n, s) => JSON.stringify(['Host', 'x', n, s]),
    signs: `${ANY}"'`,
  },
  {
    what: 'name and value as JSON',
    write: (n, s) =>
      JSON.stringify([
        { name: n, value: s },
        { name: 'a', value: 'b' },
      ]),
    signs: `${ANY}"'`,
  },
  {
    what: 'util.inspect',
    write: (n, s) => inspect({ a: 1, [n]: s, b: { c: 2 } }),
    signs: `${ANY}"'\\`,
  },
  {
    what: 'util.inspect over lines',
    write: (n, s) => inspect({ a: 1, b: { [n]: s, c: 'x'.repeat(90) } }),
    signs: `${ANY}"'\\`,
  },
  {
    what: 'util.inspect of a list',
    write: (n, s) => inspect({ [n]: [s, s], b: 1 }),
    signs: `${ANY}"'`,
  },
  {
    what: 'util.inspect, name and value',
    write: (n, s) => inspect([{ key: n, value: s }]),
    signs: `${ANY}"`,
  },
  {
    what: 'util.inspect of JSON',
    write: (n, s) => inspect({ body: JSON.stringify({ [n]: s }) }),
    signs: ANY,
  },
  {
    what: 'util.inspect as JSON',
    write: (n, s) => JSON.stringify({ msg: inspect({ a: 1, [n]: s }) }),
    signs: `${ANY}"'`,
  },
  {
    what: 'a text as JSON',
    write: (n, s) => JSON.stringify({ msg: `${n}=${s} failed`, b: 1 }),
    signs: WORD,
  },
  {
    what: 'headers as JSON',
    write: (n, s) => JSON.stringify({ head: `GET /\r\n${n}: ${s}\r\nHost: x` }),
    signs: ANY,
  },
  { what: 'YAML', write: (n, s) => `a: 1\nb:\n  ${n}: "${s}"\n  c: 2\n`, signs: ANY },
  {
    what: 'YAML without quotes',
    write: (n, s) => `a: 1\nb:\n  - ${n}: ${s}\n    c: 2\n`,
    signs: ANY,
  },
  {
    what: 'a block of YAML',
    write: (n, s) => `b:\n  ${n}: |\n    ${s}\n    ${s}\n  c: 2\n`,
    signs: ANY,
  },
  {
    what: 'GraphQL',
    write: (n, s) => `mutation { login(name: "ada", ${n.replace(/\W/g, '_')}: "${s}") { id } }`,
    signs: ANY,
  },
  {
    what: "Prisma's dump",
    write: (n, s) =>
      `prisma.user.create({\n  data: {\n    ${n.replace(/\W/g, '_')}: "${s}",\n    a: 1\n  }\n})`,
    signs: ANY,
  },
  { what: 'Ruby', write: (n, s) => `{"a"=>1, "${n}"=>"${s}"}`, signs: ANY },
  { what: 'PHP', write: (n, s) => `array ( '${n}' => '${s}', 'a' => 1 )`, signs: ANY },
  {
    what: 'XML',
    write: (n, s) => `<a><${xmlName(n)}>${s}</${xmlName(n)}><b>1</b></a>`,
    signs: ' #/?+.,;:!@$%^*(){}[]|~§ü-_',
  },
  {
    what: 'XML with a namespace',
    write: (n, s) => `<ns:${xmlName(n)} type="x">${s}</ns:${xmlName(n)}>`,
    signs: ' #/?+.,;:!@$%^*(){}[]|~§ü-_',
  },
  {
    what: 'an attribute',
    write: (n, s) => `<user ${xmlName(n)}="${s}" id="1"/>`,
    signs: ' #/?+.,;:!@$%^*(){}[]|~§ü-_',
  },
  {
    what: 'name and value as XML',
    write: (n, s) => `<add key="${n}" value="${s}" />`,
    signs: ' #/?+.,;:!@$%^*(){}[]|~§ü-_',
  },
  {
    what: 'multipart',
    write: (n, s) =>
      `--xyz\r\nContent-Disposition: form-data; name="${n}"\r\n\r\n${s}\r\n--xyz--\r\n`,
    signs: ANY,
  },
  {
    what: 'a flag',
    write: (n, s) => `Command failed: tool --${n.replace(/[^\w-]/g, '-')} ${s} --verbose`,
    signs: '#/?+.!@$^*~_',
  },
  { what: 'a flag with =', write: (n, s) => `tool --${n}=${s} -v`, signs: WORD },
  {
    what: 'a quoted flag',
    write: (n, s) => `tool --${n.replace(/[^\w-]/g, '-')} "${s}" -v`,
    signs: ANY,
  },
  {
    what: 'arguments',
    write: (n, s) => inspect(['tool', `--${n.replace(/[^\w-]/g, '-')}`, s, '-v']),
    signs: `${ANY}"`,
  },
  {
    what: 'SQL',
    write: (n, s) =>
      `UPDATE users SET ${n.replace(/\W/g, '_')} = '${s.replaceAll("'", "''")}' WHERE id = 1`,
    signs: `${ANY}'`,
  },
  {
    what: 'SQL, an insert',
    write: (n, s) =>
      `INSERT INTO users (id, ${n.replace(/\W/g, '_')}, mail) VALUES (1, '${s.replaceAll("'", "''")}', 'x')`,
    signs: `${ANY}'`,
  },
  {
    what: 'SQL, some rows',
    write: (n, s) =>
      `insert into "users" ("${n.replace(/\W/g, '_')}", "a") values ('${s}', 1), ('${s}', 2)`,
    signs: ANY,
  },
  {
    what: 'SQL, alike',
    write: (n, s) => `select 1 from users where ${n.replace(/\W/g, '_')} like '${s}'`,
    signs: ANY,
  },
  {
    what: 'a connection string',
    write: (n, s) => `Server=x;User Id=sa;${n}=${s};Database=y`,
    signs: WORD,
  },
  {
    what: 'a variable of Kubernetes',
    write: (n, s) => `env:\n  - name: ${n}\n    value: ${s}\n  - name: A\n    value: b\n`,
    signs: ' #/?&=+.,;:!@$%^*(){}[]<>|~§-_',
  },
  { what: 'curl', write: (n, s) => `curl -H '${n}: ${s}' https://x.example/`, signs: ANY },
  {
    what: 'PostgreSQL',
    write: (n, s) => `Key (${n.replace(/\W/g, '_')})=(${s}) already exists.`,
    signs: ' #/?&=+.,;:!@$%^*{}[]<>|~§-_',
  },
  {
    what: 'Joi',
    write: (n, s) => `"${n}" with value "${s}" fails to match`,
    signs: ' #/?&=+.,;:!@$%^*(){}[]<>|~§-_',
  },
  {
    what: 'mongoose',
    write: (n, s) => `Path \`${n}\` (\`${s}\`) is shorter than the minimum`,
    signs: ' #/?&=+.,;:!@$%^*{}[]<>|~§-_',
  },
  {
    what: 'MySQL',
    write: (n, s) => `Duplicate entry '${s}' for key 'users.${n}'`,
    signs: ' #/?&=+.,;:!@$%^*(){}[]<>|~§-_',
  },
  {
    what: 'HTML',
    write: (n, s) => `&lt;input name=&quot;x&quot;&gt; {&quot;${n}&quot;:&quot;${s}&quot;}`,
    signs: ' #/?=+.,:!@$%^*(){}[]|~-_',
  },
  {
    what: 'user info',
    write: (_, s) => `postgres://ada:${s}@db.example:5432/app`,
    signs: '#/?+.!$^*~_-@',
  },
  {
    what: 'user info of the web',
    write: (_, s) => `https://ada:${s}@x.example/path`,
    signs: '#+.!$^*~_-@',
  },
  { what: 'user info alone', write: (_, s) => `redis://:${s}@cache:6379/0`, signs: '#/+.!$^*~_-' },
  { what: 'a bearer', write: (_, s) => `sent Bearer ${s} to x`, signs: '.-_~+/' },
  {
    what: 'a bearer under its name',
    write: (_, s) => `authorization=Bearer ${s} x`,
    signs: '.-_~+/',
  },
  {
    what: 'a bearer in JSON',
    write: (_, s) => JSON.stringify({ h: `Bearer ${s}` }),
    signs: '.-_~+/',
  },
];

/** What makes a text part of another one. */
export const ENCODINGS: readonly (readonly [what: string, encode: (text: string) => string])[] = [
  ['nothing', (text) => text],
  ['JSON', (text) => JSON.stringify({ message: text, n: 1 })],
  ['JSON twice', (text) => JSON.stringify({ log: JSON.stringify({ message: text }) })],
  ['util.inspect', (text) => inspect({ message: text, n: 1 })],
  ['a query', (text) => `https://x.example/log?m=${encodeURIComponent(text)}&n=1`],
  ['a query twice', (text) => `/log?m=${encodeURIComponent(`/b?c=${encodeURIComponent(text)}`)}`],
];

/** Secrets that need no name; `#` is a digit, `*` a letter or digit, `^` a capital, `.` of hex. */
export const TOKENS: readonly (readonly [what: string, shape: string])[] = [
  ['a JWT', 'eyJ[20].eyJ[40].[43]'],
  ['a JWE', 'eyJ[20]..[16].[30].[22]'],
  ['AWS', 'AKIA{16}'],
  ['AWS, temporary', 'ASIA{16}'],
  ['GitHub', 'ghp_[36]'],
  ['GitHub, of an application', 'ghs_[36]'],
  ['GitHub, fine-grained', 'github_pat_[22]_[59]'],
  ['GitLab', 'glpat-[20]'],
  ['Stripe', 'sk_live_[24]'],
  ['Stripe, a test', 'sk_test_[24]'],
  ['Stripe, restricted', 'rk_live_[24]'],
  ['Stripe, a webhook', 'whsec_[32]'],
  ['Slack', 'xoxb-#12-#12-[24]'],
  ['Slack, a user', 'xoxp-#12-#12-#12-[32]'],
  ['Google', 'AIza[35]'],
  ['Google OAuth', 'ya29.[60]'],
  ['a Google client', 'GOCSPX-[28]'],
  ['npm', 'npm_[36]'],
  ['Telegram', '#9:[35]'],
  ['OpenAI', 'sk-[48]'],
  ['OpenAI, of a project', 'sk-proj-[64]'],
  ['Anthropic', 'sk-ant-api03-[60]'],
  ['SendGrid', 'SG.[22].[43]'],
  ['Hugging Face', 'hf_(34)'],
  ['Vault', 'hvs.[90]'],
  ['a webhook of Slack', 'https://hooks.slack.com/services/T[8]/B[8]/[24]'],
  ['a webhook of Discord', 'https://discord.com/api/webhooks/#18/[68]'],
];
