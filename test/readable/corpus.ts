import { EVERYDAY } from './everyday.ts';

/**
 * What arrives as it was: names and values, texts, and lines of code of real applications. Together
 * with test/leaks/forms.ts it says what scrubbing is to do; whoever finds another one adds a line.
 */

/** `name: value` each, as fields of a log line; the value is JSON, or a text. */
export const FIELDS = `
prompt_tokens: 1024
completion_tokens: 87
total_tokens: 1111
cached_tokens: 512
reasoning_tokens: 64
max_tokens: 4096
max_output_tokens: 8192
max_completion_tokens: 256
input_tokens: 12
output_tokens: 9
tokens_used: 400
tokensRemaining: 3600
tokenCount: 77
token_count: 78
num_tokens: 5
tokens: 12
tokensPerSecond: 34.5
usage: {"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":0}}
completion_tokens_details: {"reasoning_tokens":0,"audio_tokens":0}
tokenizer: "cl100k_base"
tokenization: "bpe"
tokenized: true
detokenizer: "wordpiece"
token_type: "Bearer"
tokenType: "access"
stop_token: "<|end|>"
eos_token: "</s>"
pad_token: "[PAD]"
nextPageToken: "CAUQAA"
next_page_token: "abc"
pageToken: "CAoQAA"
continuationToken: "page2"
NextToken: "p3"
prevPageToken: "x"
syncToken: "sync-1"
resumeToken: "r-5"
cancelToken: "on"
cancellationToken: "none"
expires_in: 3600
tokenExpiresIn: 3600
tokenExpiresAt: "2026-11-29T10:00:00.000Z"
token_expiry: "2026-11-29T10:00:00Z"
tokenTtl: "15m"
refreshTokenExpiresIn: 86400
author: "ada"
authors: ["ada","grace"]
authority: "x.example"
authoredBy: "grace"
authorName: "Ada Lovelace"
coauthor: "linus"
authenticated: true
isAuthenticated: false
authType: "oauth2"
authProvider: "google"
authMethod: "password"
auth_mechanism: "SCRAM-SHA-256"
authenticationMethod: "saml2"
authorizationUrl: "https://x.example/oauth/authorize"
secretary: "Kim"
secretariat: "Bonn"
secretName: "db-credentials"
secretVersion: "4"
secretArn: "arn:aws:x"
secretsManager: "aws"
sessionsCount: 4
sessions: 12
session_count: 3
activeSessions: 17
session_duration_ms: 5400
sessionDuration: 90
sessionTimeout: "30m"
session_timeout_seconds: 1800
sessionStartedAt: "2026-11-29T08:00:00.000Z"
sessionStatus: "active"
obsession: "coffee"
possession: "house"
cookieConsent: "accepted"
cookie_consent: "all"
cookieBanner: "shown"
cookiePolicy: "strict"
cookiePreferences: "necessary"
cookieDomain: ".x.example"
cookiesEnabled: true
cookieName: "theme"
xsrfCookieName: "XSRF-TOKEN"
xsrfHeaderName: "X-XSRF-TOKEN"
csrfEnabled: true
csrfHeaderName: "X-CSRF"
pass: 12
passed: 40
passRate: 0.98
passCount: 3
passes: 7
bypass: "cache"
compass: "north"
passenger: "2 adults"
passengers: 3
passive: true
passage: "chapter 4"
passport_country: "DE"
passportCountry: "FR"
boardingPass: "gate 12"
surpassed: false
passwordless: "enabled"
passwordPolicy: "12 characters"
passwordStrength: "strong"
password_strength: 3
passwordLength: 14
passwordChangedAt: "2026-10-01"
password_updated_at: "2026-10-01T00:00:00Z"
passwordRequired: true
hasPassword: true
forgotPasswordUrl: "/forgot"
passwordAttempts: 3
key: "orders:17"
keys: ["a","b"]
keyName: "id"
primaryKey: "id"
primary_key: "order_id"
foreignKey: "user_id"
foreign_key: "customer_id"
publicKey: "not secret"
public_key_id: "k1"
stripePublishableKey: "pk"
cacheKey: "user:1:profile"
sortKey: "created"
partitionKey: "tenant-1"
partition_key: "2026-11"
idempotencyKey: "order-17"
idempotency_key: "0b4c"
routingKey: "orders.created"
objectKey: "a/b.png"
s3Key: "uploads/2026/a.png"
translationKey: "errors.not_found"
messageKey: "msg"
lookupKey: "x"
keyCode: 13
keyboard: "qwerty"
keyboardLayout: "de"
keyword: "shoes"
keywords: ["a","b"]
hotkeys: "ctrl+s"
monkey: "george"
turkey: "Ankara"
hockey: "ice"
keystone: "arch"
pin_position: 3
pinned: true
pinnedAt: "2026-11-01"
spinner: "dots"
spin: 5
opinion: "good"
mapping: "a to b"
shopping: "cart"
pinterest: "board"
pinboard: "main"
gpioPin: 17
mapPin: "blue"
pipeline: "build"
signal: "SIGTERM"
signals: 2
sign: "positive"
assigned: "ada"
assignee: "grace"
signup: "open"
signupSource: "ads"
signIn: "ok"
design: "flat"
designer: "Dieter"
signatures_count: 2
signatureAlgorithm: "RS256"
methodSignature: "run(a, b)"
significant: true
hashtag: "#node"
hash: "9f86d081"
sha: "2cf24dba"
commit: "e708ad2"
commitSha: "05467047aa11bb22cc33dd44ee55ff6677889900"
gitBranch: "feature/tokens-page"
git_ref: "refs/heads/main"
etag: "W/abc"
nonce: 17
otpRequired: true
otpLength: 6
otpEnabled: false
smtpHost: "mail.x.example"
httpPort: 8080
ssoProvider: "okta"
sso_enabled: true
samlProvider: "adfs"
jwtAlgorithm: "HS256"
jwtIssuer: "https://x.example"
jwtExpiresIn: "1h"
bearerFormat: "JWT"
messageSid: "MM12"
callSid: "CA12"
side: "left"
sidebar: "open"
beside: "x"
president: "x"
residence: "Rome"
lesson: 4
session_replay_enabled: true
missing: ["name"]
mission: "apollo"
permission: "orders:read"
permissions: ["read","write"]
submission: 4
commission: 0.2
professional: true
accessLevel: "admin"
accessed_at: "2026-11-29"
access: "granted"
accessible: true
api: "v2"
apiVersion: "2026-01"
api_url: "https://api.x.example/v2"
apiName: "orders"
accountId: "acc-1"
account_name: "Example Ltd"
accountType: "business"
card: "visa"
cardType: "debit"
cardBrand: "mastercard"
card_last4: "4242"
cardholder_count: 2
discard: false
cardinality: 3
dashboard: "main"
credits: 12
creditScore: 700
credit_limit: 5000
accredited: true
numberOfItems: 3
orderNumber: "2026-000123"
order_number: "4000123412341235"
invoiceNumber: "INV-2026-11-0042"
trackingNumber: "1Z999AA10123456784"
phoneNumber: "+49 30 901820"
number: 17
code: "E17"
errorCode: "ECONNREFUSED"
statusCode: 502
exitCode: 1
countryCode: "DE"
zip: "10115"
zipcode: "10115"
postcode: "SW1A 1AA"
promoCode: "SUMMER"
couponCode: "XMAS"
sourceCode: "a.js"
codec: "h264"
encoder: "x"
decodeMs: 3
ship: "fast"
shipping: "dhl"
description: "two words"
script: "build"
subscription: "pro"
tip: 3
clip: "a.mp4"
zipFile: "a.zip"
recipient: "warehouse"
serverIp: "10.0.0.7"
hostIp: "10.0.0.8"
podIp: "10.1.2.3"
ipVersion: 4
address: "127.0.0.1"
localAddress: "10.0.0.7"
port: 5432
host: "db.internal"
hostname: "web-1"
url: "https://x.example/orders/17?page=2&sort=-created"
path: "/api/v1/orders/17"
route: "/orders/:id"
method: "POST"
status: 201
userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
user_agent: "curl/8.5.0"
referer: "https://x.example/"
content-type: "application/json; charset=utf-8"
content-length: "1024"
accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
accept-language: "de-DE,de;q=0.9,en;q=0.8"
accept-encoding: "gzip, deflate, br"
cache-control: "no-cache, max-age=0"
x-request-id: "0f8fad5b-d9cb-469f-a165-70867728950e"
x-correlation-id: "7c9e6679-7425-40de-944b-e07fc1f90ae7"
x-powered-by: "Express"
x-ratelimit-remaining: "59"
x-ratelimit-remaining-tokens: "149984"
x-ratelimit-limit-tokens: "150000"
access-control-allow-origin: "*"
access-control-allow-credentials: "true"
strict-transport-security: "max-age=31536000; includeSubDomains"
content-security-policy: "default-src 'self'; img-src *"
vary: "Origin, Accept-Encoding"
server: "nginx/1.25.3"
date: "Sun, 29 Nov 2026 08:00:00 GMT"
last-modified: "Sat, 28 Nov 2026 08:00:00 GMT"
transfer-encoding: "chunked"
traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
traceId: "4bf92f3577b34da6a3ce929d0e0e4736"
spanId: "00f067aa0ba902b7"
requestId: "req-1"
reqId: "req-17"
id: "0f8fad5b-d9cb-469f-a165-70867728950e"
uuid: "00000000-0000-4000-8000-000000000000"
objectId: "507f1f77bcf86cd799439011"
ulid: "01ARZ3NDEKTSV4RRFFQ69G5FAV"
snowflake: "1189246218475642880"
epoch: 1764403200000
epochMicros: 1764403200000000
isoDate: "2026-11-29T08:00:00.000Z"
duration_ms: 12.5
elapsed: "1.2s"
memory: {"rss":104857600,"heapUsed":52428800}
version: "20.20.2"
node: "v20.20.2"
release: "web@1.4.2"
environment: "production"
region: "eu-central-1"
image: "registry.x.example/web:1.4.2"
digest: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
file: "/srv/app/src/auth/token.js"
filename: "password-reset.html"
directory: "C:\\\\srv\\\\app\\\\tokens"
template: "reset-password"
page: "/settings/security/sessions"
event: "user.password.changed"
action: "auth/login"
eventType: "session.created"
feature: "token-refresh"
scope: "orders:read orders:write"
scopes: ["openid","email"]
grant_type: "authorization_code"
response_type: "code"
locale: "de-DE"
currency: "EUR"
amount: 1250
price: "12.50"
quantity: 3
sku: "SKU-4711-B"
isbn: "978-3-16-148410-0"
ean: "4006381333931"
color: "#ff8800"
latitude: 52.52
coordinates: [13.4,52.52]
theme: "dark"
email_verified: true
fields: ["password","username"]
columns: ["id","token","email"]
required: ["name","password","email"]
error: "invalid_grant"
reason: "token expired"
attempts: 3
retryAfter: 30
weight: "7 kg"
`;

/** Messages and other texts, one a line. */
export const TEXTS = `
could not save the order 4711 of customer 12: connection refused
Unexpected token } in JSON at position 17
Unexpected token: '<'
SyntaxError: Unexpected token 'a', "abc" is not valid JSON
Invalid password: must be at least 8 characters long
Wrong password
password is required
The password must contain a digit
token expired
Token: which
Invalid token: expired at the end of the day
jwt expired
jwt malformed
invalid signature
Basic authentication is off
Basic auth is not supported
Bearer token is missing
Bearer error="invalid_token"
basic example of a query
a basic understanding of it
no authorization header
Authorization: required
Missing authorization header
session expired, please log in
session not found
Session is closed
cookies are disabled
cookie too large
secret not found in vault
The secret is missing
no such key: orders
key not found: user:17
duplicate key value violates unique constraint "users_email_key"
Key (email)=(ada) already exists.
WRONGTYPE Operation against a key holding the wrong kind of value
NOAUTH Authentication required.
connect ECONNREFUSED 127.0.0.1:5432
getaddrinfo ENOTFOUND db.internal
read ECONNRESET
socket hang up
Request failed with status code 401
GET /api/orders/17 500 12.5 ms
GET /login 200
POST /auth/token 401 in 12 ms
GET https://x.example/a?page=2&per_page=20&sort=name
GET https://x.example/a@b?page=2
see https://x.example/docs#token-refresh
https://x.example?mail=ada@x.example
https://x.example/password-reset/help
mailto:ada@x.example
git@github.com:acme/app.git
git clone https://github.com/acme/app.git
postgres://db.internal:5432/app
redis://cache:6379/0
mongodb://a:27017,b:27017/app?replicaSet=rs0
commit e708ad2c1d8f9a7b6c5d4e3f2a1b0c9d8e7f6a5b
e708ad2 Members named by fields count
at handler (src/auth/token.ts:12:5)
at Object.password (src/form.js:3:1)
    at Module._compile (node:internal/modules/cjs/loader:1554:14)
Cannot read properties of undefined (reading 'token')
Cannot read properties of null (reading 'password')
token is not defined
password is not a function
process.env.SECRET is not set
The environment variable API_KEY is missing
max_tokens=4096 temperature=0.7
tokens=12 ms=30
prompt_tokens: 12, completion_tokens: 30
level=info ms=3 status=200
a=1&b=2&page=3
tokens: prompt 12, completion 30
cookie: none set
Unknown column 'token' in 'field list'
password: Path \`password\` is required.
SELECT id, name FROM users WHERE id = $1
select * from tokens where id = ?
SELECT token FROM sessions WHERE id = $1
UPDATE users SET password = $1 WHERE id = $2
INSERT INTO users (email, password) VALUES ($1, $2)
INSERT INTO users (email, password) VALUES (?, ?)
CREATE TABLE sessions (id int, token text)
column "token" does not exist
relation "sessions" does not exist
{"a":1,"b":[true,null],"c":"x"}
{"usage":{"prompt_tokens":12,"total_tokens":30}}
{"token":null,"password":false}
{"fields":["password","username"]}
{"author":"ada","pinned":true,"pass":12}
{ author: 'ada', keyName: 'id', pass: 12 }
[ 'password', 'username' ]
<author>ada</author>
<tokenizer name="a">b</tokenizer>
<p>Enter your password</p>
<label for="password">Password</label>
npm run build -- --verbose
node --max-old-space-size=4096 app.js
tool --tokenizer bpe --max-tokens 12
docker run -p 8080:80 -e NODE_ENV=production web
order 4000123412341235 was shipped
order 2026-11-29-0042
invoice INV-2026-11-0042 of 12.50 EUR
0f8fad5b-d9cb-469f-a165-70867728950e
12345678-1234-1234-1234-123456789012
507f1f77bcf86cd799439011
2026-11-29T08:00:00.000Z
1764403200000
1764403200000000
978-3-16-148410-0
+49 30 901820
52.520008, 13.404954
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
/srv/app/src/auth/token.js
C:\\Users\\ada\\app\\tokens.txt
src/components/PasswordField.tsx
node_modules/jsonwebtoken/verify.js
eu-central-1
v20.20.2
100%
50% off: today only
50%20off
a+b=c
x == y
1 + 1 = 2
time: 12:30:05
ratio 16:9
note: the end
Error: it failed
TypeError: x is not a function
TokenError: the server said no
AuthError: no user
a: 1
key: value
name: ada
user: ada, role: admin
id: 17 status: ok
it's 5 o'clock
"quoted" and 'quoted'
\`code\`
(a) [b] {c}
a & b; c | d
#hashtag @mention
Grüße aus Köln
日本語のテキスト
emoji 👍 text
the compass of the passenger
authors: ada, grace
secretary: Kim
keyboard: qwerty
monkey: george
compass: north
pinned: yes
spinner: dots
The tokenizer: bpe
sk-learn is a library
gh pages are built
key-value store
task-12345678901234567890
risk-based-authentication-service
desk-lamp-with-a-very-long-name
xoxo
AKIA is a prefix
eyJ is how they begin
-----
----- BEGIN of a report -----
`;

/** Lines of sources, which are shown as they are written. */
export const CODE = `
const password = await prompt('Password: ');
if (password !== confirmPassword) throw new Error('passwords differ');
const { token, user } = await login(email, password);
const token = req.headers.authorization.split(' ')[1];
const token = req.headers['authorization']?.replace('Bearer ', '');
headers: { Authorization: \`Bearer \${token}\` },
headers: { 'x-api-key': process.env.API_KEY },
headers: { cookie: \`session=\${session.id}\` },
secret: process.env.SESSION_SECRET,
app.use(session({ secret: config.secret, resave: false }));
password: { type: String, required: true },
password: z.string().min(8),
password: string;
readonly token: string | undefined;
token?: string;
apiKey: string,
@Column({ select: false }) password: string;
const apiKey = process.env.API_KEY ?? fail('API_KEY');
export const SECRET = process.env['SECRET'];
user.password = hash(password, salt);
user.passwordHash = await bcrypt.hash(password, 12);
jwt.verify(token, publicKey, { algorithms: ['RS256'] });
jwt.sign({ sub: user.id }, secret, { expiresIn: '1h' });
res.cookie('session', id, { httpOnly: true });
req.session.user = user;
delete req.body.password;
this.#token = token;
for (const token of tokens) count += token.length;
const tokens = tokenizer.encode(text);
while (tokens.length > 0) tokens.pop();
if (token === undefined) return undefined;
return fetch(\`\${base}/login?token=\${token}\`);
const url = 'https://x.example/a?token=' + token;
const url = \`postgres://\${user}:\${password}@\${host}/app\`;
new Client({ user, password, host, port: 5432 })
await db.query('SELECT * FROM users WHERE token = $1', [token]);
await db.query('UPDATE users SET password = ? WHERE id = ?', [hash, id]);
redis.auth(password);
process.env.DB_PASSWORD = 'postgres';
const creds = { user: 'ada', password: 'x' };
<input type="password" name="password" value={password} />
<Token value={token} />
type Auth = { bearer: string } | { basic: string };
function auth(header: string): string {
case 'password': return check(value);
// the token: see RFC 6750
* @param password the password of the user
let cookie = document.cookie;
const pin = digits.join('');
assert.equal(pin, '1234');
`;

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

export const fields: readonly (readonly [name: string, value: unknown])[] = lines(FIELDS).map(
  (line) => {
    const at = line.indexOf(': ');
    return [line.slice(0, at), JSON.parse(line.slice(at + 2)) as unknown];
  },
);
export const texts: readonly string[] = [...lines(TEXTS), ...lines(EVERYDAY)];
export const code: readonly string[] = lines(CODE);
