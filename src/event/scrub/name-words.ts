/**
 * Which names are names of secrets, word by word. A name is split first: `userPassword2`,
 * `USER_PASSWORD` and `x-user-password` are `user password`. To deny another name, or to let one be,
 * add a word here and a line to test/leaks/forms.ts or test/readable/corpus.ts.
 */

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ''));
}

/** Words that make a name one of a secret wherever they stand, unless a word of `TELLING` ends the name. */
export const SECRET_WORDS: ReadonlySet<string> = words(`
  password passwd passphrase passcode passkey pwd pswd psw
  secret token credential cred cookie session sessid csrf xsrf
  authorization authorisation bearer signature jwt jws jwe saml
  otp totp hotp cvv cvc ssn apikey apitoken authtoken accesskey privatekey secretkey
  passwort kennwort contrasena contraseña senha wachtwoord losenord lösenord hasło haslo
  пароль 密码 密碼 パスワード 비밀번호
  requirepass masterauth hmac iban mnemonic
`);

/** Parts that make a word without borders one of a secret: `pgpassword`, `csrfmiddlewaretoken`, `setcookie`. */
export const SECRET_STEMS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'token',
  'apikey',
  'accesskey',
  'privatekey',
  'secretkey',
  'signingkey',
  'accountkey',
  'encryptionkey',
  'sharedkey',
  'authkey',
  'signature',
  'authorization',
  'authheader',
  'credential',
  'cookie',
  'sessionid',
  'sessid',
  'csrf',
  'xsrf',
  'creditcard',
  'cardnumber',
];

/** Words that hold one of those and name no secret. */
export const HARMLESS_WORDS: readonly RegExp[] = [
  /^(?:de|re|sub)?tokeni[sz]\w*$/,
  /^tokenomics$/,
  /^(?:under)?secretar(?:y|ies|ial|iat|iats)$/,
  /^secret(?:ion|ions|e|es|ed|ly|ive|ory)$/,
  /^(?:password|cookie|session|token|secret)less$/,
  /^cookiecutter$/,
  /^stokens?$/,
  // the service of AWS, as in `secretsmanager:GetSecretValue`
  /^secretsmanager$/,
];

/** Words in which a shorter secret word is glued to another one. */
export const GLUED: ReadonlySet<string> = words(`
  dbpass userpass smtppass mailpass ftppass sshpass pgpass redispass rootpass adminpass mypass
  sshpass proxypass httppass ldappass appass userpwd dbpwd connectsid phpsessid jsessionid aspsessionid
  basicauth xauth proxyauth httpauth smtpauth usersession phpsession websession
  pincode cardcvc cardcvv usersn userssn userpin cardpin otpcode jwtkey sshkey masterkey
  storepass keypass xauthkey mailpw dbpw userpw
`);

/** Words that name a secret if they come last (`mailPass`, `x-auth`) or if one of the given words follows. */
export const LAST_WORDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['pass', words('phrase word wd code key hash salt')],
  ['pw', words('hash salt')],
  ['auth', words('header data code string value hash info key payload response ticket')],
  ['oauth', words('header data code verifier response key')],
  ['pin', words('code number hash block')],
  ['sig', words('hash value')],
  ['sso', words('key ticket code')],
  ['sid', words('')],
  ['salt', words('value')],
  ['pepper', words('value key hash')],
  ['psk', words('key value')],
  ['sess', words('id key')],
]);

/** Words in front of those that give them another sense: a boarding pass, the pin of a board. */
export const OTHER_SENSES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'pass',
    words(`
    by boarding season first second third last single multi day week month guest ski bus train rail
    low high band render test optimization compiler forward backward quality did can will not free
  `),
  ],
  [
    'pin',
    words('gpio map led output input board clock data reset push drop bowling analog digital'),
  ],
  ['auth', words('is has needs no require requires required un enable use with skip optional')],
  ['sid', words('call message account conference recording parent service workspace task worker')],
]);

/** Two words that name a secret if they stand side by side. */
export const SECRET_PAIRS: ReadonlySet<string> = new Set([
  ...[
    'api access private secret signing signature account encryption decryption crypt auth jwt master',
    'shared ssh storage service license activation hmac aes webhook consumer app application server',
    'client ssl tls functions subscription write ingest integration deploy admin security login user',
    'stripe openai anthropic sendgrid mailgun mailchimp twilio aws gcp azure google firebase supabase',
    'algolia github gitlab slack datadog sentry pusher deepl maps recaptcha captcha rsa bot wallet',
    'host session cookie token kms vault pgp gpg wireguard psk preshared recovery backup sas root enc',
    'priv function network wifi wlan wpa instrumentation',
  ].flatMap((text) => text.split(' ').map((word) => `${word} key`)),
  ...[
    'pin otp mfa 2fa verification security auth backup recovery access reset sms login oauth device',
    'user activation confirmation totp oob unlock invite invitation time',
  ].flatMap((text) => text.split(' ').map((word) => `${word} code`)),
  ...['card cc pan ssn passport routing'].flatMap((text) =>
    text.split(' ').flatMap((word) => [`${word} number`, `${word} num`, `${word} no`]),
  ),
  'credit card',
  'debit card',
  'pass phrase',
  'pass word',
  'pass code',
  'pass key',
  'seed phrase',
  'recovery phrase',
  'secret phrase',
  'wallet seed',
  'totp seed',
  'code verifier',
  'client assertion',
  'social security',
  'security answer',
  'question answer',
  'tax id',
  'secret answer',
  'connect sid',
  'express sid',
  'card security',
  'security stamp',
  'mot passe',
  'de passe',
  'set cookie',
  'x auth',
]);

/** Words whose key is a secret whatever is glued to `key`: `private-keyOld`. */
export const KEY_OWNER: RegExp = /(?:api|access|private|secret|signing|encryption)$/;
export const OTHER_KEYS: ReadonlySet<string> = words('keyboard keyword keywords keynote keystroke');

/** Words for a key that everybody may see. */
export const PUBLIC: ReadonlySet<string> = words('public publishable primary foreign');

/**
 * The last word of a name for something about a secret, and not for the secret itself: `passwordPolicy`,
 * `cookieConsent`, `token_type`. A unit or a time may follow: `sessionTimeoutMs`.
 */
export const TELLING: ReadonlySet<string> = words(`
  type kind policy policies strategy provider method mechanism algorithm alg format field fields
  status state version enabled disabled required supported verified strength length rule rules
  url uri endpoint domain path name names title placeholder label description banner consent notice
  settings setting preference preferences prefs popup dialog modal accepted category categories
  issuer audience scope scopes manager store storage service factory helper utils middleware handler
  expired expires expiry expiration timeout ttl lifetime age duration latency interval
  created updated changed rotated rotation revoked issued started ended seen start end begin
  details detail usage stats statistics metrics summary error errors failure reason message country
  region language locale order attempts attempt retries event events class input form page view
  screen button icon component model schema table column index prefix suffix pattern regex
  arn bucket limiter estimator sampler splitter buffer stream position offset
  use mode check color colour failed mismatch invalid missing exception
`);
/** Words that only a time or a unit behind them makes harmless: `passwordResetAt`, `reset_password_sent_at`. */
export const HAPPENED: ReadonlySet<string> = words('reset sent set requested generated refreshed');
/** Units and times that may follow a word of `TELLING`. */
export const UNITS: ReadonlySet<string> = words(
  'ms s sec secs second seconds minute minutes min mins hour hours day days at in on date time utc iso',
);

/** Words beside which a number only counts and is no secret: `prompt_tokens`, `sessionsCount`, `max_tokens`. */
export const COUNTING: ReadonlySet<string> = words(`
  count counts counter counted total totals max maximum min minimum limit limits num size sizes
  used usage left remaining budget prompt completion reasoning cached input output generated consumed
  context billed billable audio thinking prediction active open closed concurrent average avg mean
  median sum rate ratio percent percentage per duration timeout ttl length score index has is had
  needs requires require should can uses use with show hide
`);

/** Words that make a token a place in a list, or a signal: `nextPageToken`, `cancellationToken`. */
export const CURSORS: ReadonlySet<string> = words(`
  page next previous prev continuation cursor pagination resume sync start cancel cancellation abort
  stop eos bos pad mask unk special unexpected illegal syntax delimiter separator
`);

/** Words in front of `signature` that make it harmless: `methodSignature`, `emailSignature`. */
export const CODE: ReadonlySet<string> = words('method function type call key email time');
