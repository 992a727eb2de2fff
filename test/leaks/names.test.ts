import t from 'tap';
import { createJudge } from '../../src/event/scrub/names.ts';
import { scrub } from '../helpers/scrub.ts';

const judge = createJudge({ scrubKeys: [], sendDefaultPii: false });

function names(text: string): readonly string[] {
  return text.split(/\s+/).filter((name) => name !== '');
}

const SECRET = names(`
  password Password user_password passwd clientSecret access_token API-KEY x-api-key Authorization
  proxy-authorization Set-Cookie sessionId connect.sid X-CSRF-Token jwt auth private_key creditCard
  dbPass userPwd X-Amz-Signature authHeader user[pin] api:key stripeSecretKey PGPASSWORD
  x-amz-security-token client_secret csrfmiddlewaretoken passwordHash pin_code mailPass X-Auth-Key
  JWT_KEY SAMLResponse otpCode card_cvc user_ssn next-auth.session-token NEXTAUTH_SECRET PHPSESSID
  __Host-session AWS_SECRET_ACCESS_KEY OPENAI_API_KEY SENDGRID_KEY APIKEYuser_ SETCOOKIEuser_
  code_verifier refreshToken idToken x-vault-token X-Hub-Signature-256 passphrase encryptionKey
  SharedAccessKey AccountKey Pwd mfaCode 2faCode totpSecret recoveryCodes cvv2 cardNumber ccNum
  spring.datasource.password newPassword1 confirmPassword x-forwarded-for ip CF-Connecting-IP
  sourceIp webhookSecret sid sig hmacKey APP_KEY contraseña パスワード resetPasswordToken
  private-keyold Oldprivate-key apiKeyold x_api_keyx- token.json authorization_code oauth_token x-functions-key Ocp-Apim-Subscription-Key requirepass masterauth
`);
/** Texts under them are hidden, numbers are not. */
const COUNTS = names(`
  tokens refreshTokens cookies sessions credentials pass max_tokens total_tokens tokenCount
  prompt_tokens sessionsCount signatures_count active_sessions apiKeyCount max_api_keys
`);
const OPEN = names(`
  author tokenizer nextPageToken cookieConsent secretary passport_country passwordless
  session_duration_ms compass bypass passenger authority authoredBy pinned spinner cookieBanner
  secretariat keyboard primaryKey keyName foreign_key publicKey monkey completion_tokens_details key
  tokenType expires_in passwordPolicy passwordStrength passwordChangedAt xsrfCookieName obsession
  possession sessionTimeout cacheKey partitionKey idempotencyKey authors authenticated design signal
  signup pinterest shopping mapping spin opinion keystone hotkeys keywords turkey cardinality discard
  accountId zipcode postcode statusCode countryCode errorCode code source cancellationToken authType
  authProvider serverIp hostIp zip ship tip clip accountNumber bearerFormat tokenization
  privateKeyPath apiKeyType secretKeyLength token.js auth-token.test.ts
  methodSignature boardingPass gpioPin messageSid stripePublishableKey lesson session_timeout_seconds
`);

t.test('each name says by its words whether its value may leave', (t) => {
  for (const name of SECRET) t.equal(judge(name), 'secret', name);
  for (const name of COUNTS) t.equal(judge(name), 'counts', name);
  for (const name of OPEN) t.equal(judge(name), 'open', name);
  t.end();
});

t.test('numbers stay under a word that only counts, and hide under a secret', (t) => {
  const given = {
    usage: { tokens: 12, prompt_tokens: 7 },
    pass: 12,
    tokens: { input: 1, output: 2 },
  };
  t.strictSame(scrub.value(given), given);
  t.strictSame(scrub.value({ pin: 1234, tokens: 'abc', sessions: ['x'], otp: 123_456 }), {
    pin: '[Filtered]',
    tokens: '[Filtered]',
    sessions: '[Filtered]',
    otp: '[Filtered]',
  });
  t.end();
});

t.test('the name of a file is no secret, unless the application says so', (t) => {
  t.equal(judge('passport-token.js'), 'open');
  const own = createJudge({ scrubKeys: ['vault'], sendDefaultPii: false });
  for (const name of ['vault', 'vault.js', 'my-Vault.ts']) t.equal(own(name), 'secret', name);
  t.equal(own('passport-token.js'), 'open');
  t.end();
});

t.test('no name takes long', (t) => {
  const start = process.cpuUsage();
  for (let index = 0; index < 20_000; index += 1) judge(`passkeyToken${'aB1_'.repeat(60)}${index}`);
  const { user } = process.cpuUsage(start);
  t.ok(user < 4_000_000, `20,000 names of 200 units take ${user / 1000} ms`);
  t.end();
});
