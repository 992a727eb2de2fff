/** More texts that arrive as they are, one a line: what people, commands, databases, browsers and parsers say. */
export const EVERYDAY = `
the password is required for users older than 2020
password was changed 3 days ago
Your password is too short (8 characters)
token v2.1 is not supported by this server
the session is valid for 3600s
session id is missing
API key is required, see https://docs.x.example/auth
no API key was given
api key rotation is due on 2026-12-01
the secret is mounted at /run/secrets/db
secret "db-credentials" not found
secrets "app-config" is forbidden
cookie "theme" has been rejected
Unexpected token "export" at line 3
Unexpected token 'const' in module
invalid token "foo" at position 12
Unexpected identifier "token1" at line 4
syntax error at or near "password"
column "password" of relation "users" contains null values
null value in column "password" violates not-null constraint
foreign key constraint "fk_orders_user" fails
duplicate key value violates unique constraint "sessions_pkey"
unique key orders_17 exists
primary key user_id2 is missing
exit code 137
status code 404 for /api/v1
error code ERR_MODULE_NOT_FOUND
HTTP error code 50032
country code DE49
zip code 10115
the code is 1234
code: 'ERR_INVALID_ARG_TYPE'
PASS src/auth/token.test.ts (5.2 s)
PASS  test/login.test.js
AUTH failed for user ada
AUTH required
NOAUTH HELLO must be called with the client already authenticated
auth service is down
auth module loaded in 12ms
auth: enabled
oauth2 flow started
OAuth2 is used
basic HTML5 support
Basic plan is 12 EUR
bearer of bad news
Bearer authentication is required
keys a1, b2 and c3
key press Enter
key up arrow10
sort key created_at
cache key user:17:profile hit
redis key orders:17 expired
object key uploads/2026/11/a1b2c3.png
public key fingerprint SHA256
ssh key type ed25519
id 507f1f77bcf86cd799439011
user id 4711abc
order id A1B2C3D4
request id 0f8fad5b-d9cb-469f-a165-70867728950e
trace id 4bf92f3577b34da6a3ce929d0e0e4736
commit id e708ad2c1d8f
word 1 of 2
keyword search took 12ms
the crossword was solved
pin 13 is an output
pin D13 is HIGH
GPIO pin GPIO17 set
board pin A0 read
a map pin near 52.52
git checkout -b feature/token-refresh-v2
npm run test:auth -- --grep token
curl -s -o /dev/null -w "%{http_code}" https://x.example/health
docker run -p 3000:3000 --name web web:1.4.2
kubectl get secret db-credentials -n prod
mysql -h db -P 3306 app
psql -U app -h db -d app
ssh -p 2222 ada@host
scp -P 22 a.txt host:/tmp
grep -p pattern file
mkdir -p /srv/app/tokens
node -p process.version
tar -xzf a.tar.gz -C /srv
ls -u -w 80
set -e
set -x
ENV NODE_ENV production
ARG NODE_VERSION 20
export PATH=/usr/bin:/bin
export NODE_OPTIONS=--max-old-space-size=4096
set NODE_ENV=production
SELECT password FROM users WHERE id = 17
SELECT count(*) FROM tokens WHERE expires_at < now()
ALTER TABLE users ADD COLUMN token text
CREATE INDEX sessions_user_idx ON sessions (user_id)
INSERT INTO orders (id, total) VALUES (17, '12.50')
INSERT INTO users (name) VALUES ('ada')
UPDATE users SET name = 'ada' WHERE id = 17
DELETE FROM sessions WHERE id = $1
select * from users where name like 'ada%'
WHERE status IN ('open', 'paid')
GRANT SELECT ON users TO app
.password-field { color: #ff8800; width: 100px }
.token { display: flex; margin: 0 auto }
#session-list li:nth-child(2) { padding: 4px }
input[type="password"] { border: 1px solid }
@media (max-width: 600px) { .auth { display: none } }
background: url(/img/key2x.png)
https://x.example/sessions/17
https://x.example/api/v1/tokens?page=2
https://x.example/users/4711/orders/0f8fad5b-d9cb-469f-a165-70867728950e
https://x.example/reset-password/help
https://x.example/orders/507f1f77bcf86cd799439011/items
https://x.example/a/b@2x.png
https://cdn.x.example/npm/@scope/pkg@1.2.3/index.js
https://x.example/search?q=password+manager&page=2
https://x.example/?utm_source=mail&utm_campaign=spring2026
https://x.example/oauth/authorize?response_type=code&client_id=web&scope=openid
GET /api/v2/users/17/sessions 200 12ms
PUT /oauth/token 400
/srv/app/node_modules/.pnpm/jsonwebtoken@9.0.2/node_modules/jsonwebtoken/verify.js
/srv/app/src/secrets/secretManagerClientV2.js
/var/run/secrets/kubernetes.io/serviceaccount
C:\\Users\\ada\\AppData\\Local\\Temp\\token-cache
file:///srv/app/dist/auth/passwordResetController.js:12:5
at async Promise.all (index 0)
at TokenService.refresh (/srv/app/src/token.service.ts:44:11)
at Object.<anonymous> (/srv/app/test/session.test.js:3:1)
at new Password (eval at compile (/srv/a.js:1:1), <anonymous>:1:1)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
{"total":17,"page":2,"per_page":20,"next":"/orders?page=3","has_more":true}
{"next_cursor":"abc","prev_cursor":null,"limit":50,"offset":100}
{"model":"gpt-4o","usage":{"prompt_tokens":12,"completion_tokens":30,"total_tokens":42},"finish_reason":"stop"}
{"input_tokens":1024,"cache_read_input_tokens":512,"output_tokens":87,"stop_reason":"end_turn"}
{"temperature":0.7,"max_tokens":4096,"top_p":1,"stop":["\\n"]}
You are a helpful assistant. Answer in at most 200 tokens.
Summarize the following text: the key points are 1) cost, 2) time.
The user asked for a password manager comparison in 2026.
rate limit: 60 requests per minute, 150000 tokens per day
x-ratelimit-remaining-tokens: 149984
x-request-id: 0f8fad5b-d9cb-469f-a165-70867728950e
content-security-policy: default-src 'self'; script-src 'nonce-abc123'
set-cookie header is missing
etag: W/"5f-2jmj7l5rSw0yVb/vlWAYkK/YBwk"
if-none-match: "686897696a7c876b7e"
cache-control: private, max-age=3600, must-revalidate
accept: application/json, text/plain, */*
user-agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15
via: 1.1 varnish, 1.1 vegur
link: <https://x.example/a?page=2>; rel="next"
diff --git a/src/token.ts b/src/token.ts
@@ -12,7 +12,7 @@ export function token() {
index e708ad2..1a2b3c4 100644
Author: Ada Lovelace
Merge branch 'feature/session-store' into main
feat(auth): refresh tokens 2 minutes before they expire
BREAKING CHANGE: the token option is now called bearer
yarn install v1.22.19
added 1042 packages in 12s
npm ERR! code ERESOLVE
gyp ERR! node -v v20.20.2
order A-2026-00042 paid with visa ending in 4242
invoice 2026/11/0042: 12,50 EUR
tracking 1Z999AA10123456784
IMEI 490154203237518
phone +49 (30) 901820-0
ISBN 978-3-16-148410-0
VIN WVWZZZ1JZXW000001
coordinates 52.520008,13.404954
uuid v4: 123e4567-e89b-42d3-a456-426614174000
sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709
md5 d41d8cd98f00b204e9800998ecf8427e
sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==
integrity sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA
arn:aws:s3:::bucket/key
arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf
projects/acme/secrets/db/versions/3
gs://bucket/tokens/2026.csv
s3://bucket/secrets/readme.md
amqp://rabbit:5672
kafka broker b-1.kafka:9092 is down
2026-11-29T08:00:00.000Z INFO auth - started in 1.2s
2026-11-29 08:00:00,123 [main] WARN TokenService - refresh took 1200ms
[2026-11-29 08:00:00] production.ERROR: no token
Nov 29 08:00:00 web-1 sshd[123]: session opened for user ada
time="2026-11-29T08:00:00Z" level=info msg="token refreshed" duration=12ms
level=warn msg="session expired" user=17 ttl=30m
[auth] token refreshed in 12ms
(node:123) [DEP0040] DeprecationWarning: The punycode module is deprecated
MaxListenersExceededWarning: 11 token listeners added
AssertionError: expected 200 to equal 401
expected token to be a string, got undefined
TypeError: token.split is not a function
ReferenceError: apiKey is not defined
RangeError: key length 16 is invalid
JsonWebTokenError: jwt must be provided
TokenExpiredError: jwt expired at 2026-11-29
ValidationError: "password" is required
ValidationError: "password" length must be at least 8 characters long
ZodError: [{"code":"too_small","minimum":8,"type":"string","path":["password"],"message":"too short"}]
password must be longer than or equal to 8 characters
password: must be at least 8 characters
token: must be a string
session: not found
secret: see the wiki
auth: failed
key: must be unique
pass: 12, fail: 0
passed: 40, failed: 2
tests 42, pass 40, skip 2
pass rate 98.5% in 12 runs
first pass took 120ms
3 passes, 12 tokens left
tokens: 12
sessions: 4 active
credentials: include
cookies: enabled
signature: valid
signature mismatch for build 1234
the key is in the door
a key was pressed
is the token valid?
where is my session?
what is a JWT?
the pin is bent
it was -> nothing
a -> b
a => b
(a) -> {b}
1 -> 2 -> 3
key -> value
name | value
| id | name | total |
| 17 | ada | 12.50 |
---
=====
`;
