import t from 'tap';
import { SIGN, signsOf } from '../../src/event/scrub/find/signs.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';

const scrub = createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: undefined });

t.test('a name that people say is seen wherever it ends, in any case and in quotes', async (t) => {
  const names =
    'password PASSWORD Word pwd pw PW passphrase code token TOKEN secret Key PIN otp OTP userId ID AUTH PASS IDENTIFY auth pass session Session signature jwt JWT cvc CVV ssn seed senha Passwort Kennwort';
  for (const name of names.split(' ')) {
    for (const quote of ['', '"', "'", '`']) {
      for (const blank of [' ', '\t', ', ', '; ', '..']) {
        const text = `the ${name}${quote}${blank}x`;
        t.not(signsOf(text) & SIGN.name, 0, text);
      }
    }
  }
  t.equal(signsOf('the order was not saved') & SIGN.name, 0);
});

t.test('what only few forms have is seen, with what stands behind it', async (t) => {
  const texts = `
    ENV A b
    ARG a b
    setenv A b
    set -x A b
    login ada
    LOGIN ada
    PASS x
    AUTH x
    output "a" {
    h:5432:db
    h:6432:db
    h:6543:db
    h:*:db
    a:: eA==
    ngrok authtoken x
    heroku auth:token x
    snyk auth x
    Login as: a
    Login failed (a
    credentials a:b
    Credential: a
    bad credentials(a, b)
    creds a:b
    Your code is 1
    magic link: https://x
    reset URL (https://x
    login url, https://x
    AES key x
    decrypt with key: x
    hmac key=x
    invalid value "x"
    received: x
    received "x"
    got x
    value was: x
    htpasswd -b a b c
    signtool sign /p x
    ConvertTo-SecureString "x"
    config set token x
    secrets set TOKEN x
    "AUTH" "x"
    "auth" "a" "x"
    value x for token
  `;
  for (const text of texts.trim().split(/\n */)) {
    t.not(signsOf(`it says ${text}`) & SIGN.rare, 0, text);
  }
  t.equal(signsOf('GET /orders/12?page=2 took 30 ms: it was slow') & SIGN.rare, 0);
});

t.test('a scheme is seen in front of its credentials', async (t) => {
  for (const scheme of ['Bearer', 'BEARER', 'basic', 'Negotiate', 'NTLM']) {
    for (const blank of [' ', '\t', ':'])
      t.not(signsOf(`it is ${scheme}${blank}x1`) & SIGN.scheme, 0);
  }
  t.equal(signsOf('the bearers of 12 basics') & SIGN.scheme, 0);
});

t.test('words of SQL are seen, with what stands behind them', async (t) => {
  const words =
    'select insert update delete replace merge call exec execute into where values value set perform';
  for (const word of words.split(' ')) {
    for (const blank of [' ', '\n', '(', "'"]) {
      t.not(signsOf(`${word.toUpperCase()}${blank}x`) & SIGN.sql, 0, word + blank);
    }
  }
  t.equal(signsOf('the connection of the order was lost') & SIGN.sql, 0);
});

t.test('a name is no longer word that ends like one', async (t) => {
  for (const text of ['a connection was', 'the picture is', 'while rendering it', 'the phase (1']) {
    t.equal(signsOf(text) & (SIGN.name | SIGN.rare), 0, text);
  }
});

t.test('a part of a path is seen behind which a link has its secret', async (t) => {
  const parts =
    'reset forgot recover change-password reset_pw change-email password-reset verify verify-email verify-account verify-link verify-user verification confirm confirmation activate activation invite invites invitation invitations unsubscribe magic magic-link optin opt-in share shared services hooks workflows triggers';
  for (const part of parts.split(' ')) {
    for (const text of [`/${part}/x1y2z3`, `/${part.toUpperCase()}/x1y2z3`]) {
      t.not(signsOf(text) & SIGN.link, 0, text);
    }
  }
  t.equal(signsOf('/app/src/orders/index.js') & SIGN.link, 0);
});

t.test(
  'a long text is looked through in pieces, and what lies over their borders is found',
  async (t) => {
    const secret = 'k7Qm2xV9pL';
    for (let before = 8_160; before < 8_200; before += 1) {
      const text = `${'a'.repeat(before - 1)} the password is ${secret}`;
      t.notMatch(scrub.text(text, 20_000), secret, String(before));
    }
  },
);

t.test('a text is known again by all of its units', async (t) => {
  const clean = 'the customer has a note of 30 words';
  for (let round = 0; round < 3; round += 1) t.equal(scrub.text(clean, 300), clean);
  for (let at = 0; at < clean.length - 12; at += 1) {
    const text = `${clean.slice(0, at)}token=x1y2z3${clean.slice(at + 12)}`;
    t.notMatch(scrub.text(text, 300), 'x1y2z3', text);
  }
  t.equal(scrub.text(clean, 20), `${clean.slice(0, 17)}...`, 'and is cut where less is kept');
});

t.test('a text that holds a secret is looked through each time', async (t) => {
  for (let round = 0; round < 3; round += 1) {
    t.equal(scrub.text('password=x1y2z3', 300), 'password=[Filtered]');
  }
});
