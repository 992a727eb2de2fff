import t from 'tap';
import { SIGN, signsOf } from '../../src/event/scrub/find/signs.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';

const scrub = createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: undefined });

t.test('a name that people say is seen wherever it ends, in any case and in quotes', async (t) => {
  const names =
    'password PASSWORD Word pwd passphrase code token TOKEN secret Key PIN otp OTP userId ID AUTH PASS IDENTIFY auth pass';
  for (const name of names.split(' ')) {
    for (const quote of ['', '"', "'", '`']) {
      for (const blank of [' ', '\t']) {
        const text = `the ${name}${quote}${blank}x`;
        t.not(signsOf(text) & SIGN.name, 0, text);
      }
    }
  }
  t.equal(signsOf('the order was not saved') & SIGN.name, 0);
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
