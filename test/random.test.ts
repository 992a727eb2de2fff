import t from 'tap';
import { digest, randomHex, randomUUID } from '../src/lib/random.ts';

t.test('a UUID is one of version 4, and another each time', async (t) => {
  const [one, two] = [randomUUID(), randomUUID()];
  t.match(one, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  t.not(one, two);
});

t.test('random digits are two for each byte', async (t) => {
  t.match(randomHex(8), /^[\da-f]{16}$/);
  t.not(randomHex(8), randomHex(8));
});

t.test(
  'a digest is the same for the same text, also in another version of this package',
  async (t) => {
    // The beginning of its SHA-256: by such names processes find each other's spools.
    t.equal(digest('abc'), 'ba7816bf8f01cfea');
    t.not(digest('abd'), digest('abc'));
  },
);
