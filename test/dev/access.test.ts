import tap from 'tap';
import { DEV_READ_KEY, DEV_WRITE_KEY } from '../../src/dev/server.ts';
import { strictServer } from '../helpers/errsight.ts';
import { ask, inTurn, post, read } from './requests.ts';

const UNAUTHORIZED = { status: 401, body: { error: 'Invalid or missing API key' } };
const UNKNOWN = `elp_${'1'.repeat(48)}`;

await tap.test('the key comes from X-API-Key, else from Authorization', async (t) => {
  const server = await strictServer(t);
  await inTurn(
    [
      ['X-API-Key', { 'X-API-Key': DEV_WRITE_KEY }, 202],
      ['a bearer token', { Authorization: `Bearer ${DEV_WRITE_KEY}` }, 202],
      ['a bearer token after blanks', { Authorization: `Bearer   ${DEV_WRITE_KEY}` }, 202],
      ['a bare token', { Authorization: DEV_WRITE_KEY }, 202],
      ['a blank X-API-Key beside it', { 'X-API-Key': ' ', Authorization: DEV_WRITE_KEY }, 202],
      ['a small bearer', { Authorization: `bearer ${DEV_WRITE_KEY}` }, 401],
      ['basic', { Authorization: `Basic ${DEV_WRITE_KEY}` }, 401],
      [
        'a wrong X-API-Key beside a good token',
        { 'X-API-Key': UNKNOWN, Authorization: DEV_WRITE_KEY },
        401,
      ],
      ['nothing', {}, 401],
      ['an unknown key', { 'X-API-Key': UNKNOWN }, 401],
      ['another shape', { 'X-API-Key': 'secret' }, 401],
      ['a key one too long', { 'X-API-Key': `${DEV_WRITE_KEY}0` }, 401],
      ['a bearer token in X-API-Key', { 'X-API-Key': `Bearer ${DEV_WRITE_KEY}` }, 401],
    ] as const,
    async ([name, headers, status]) => {
      const { status: got } = await ask(`${server.url}/api/v1/events`, {
        method: 'POST',
        headers,
        body: '{"message":"a"}',
      });
      t.equal(got, status, name);
    },
  );
  t.equal(server.total, 5);
});

await tap.test(
  'a key of the wrong shape never works, even if the server was told to take it',
  async (t) => {
    const writeKeys = ['secret', `elp_${'A'.repeat(48)}`];
    const server = await strictServer(t, { writeKeys });
    await inTurn(writeKeys, async (key) => {
      t.match(await post(server, {}, { headers: { 'X-API-Key': key } }), UNAUTHORIZED);
    });
  },
);

await tap.test('write keys write, read keys read', async (t) => {
  const server = await strictServer(t);
  t.match(await post(server, { message: 'a' }, { headers: { 'X-API-Key': DEV_READ_KEY } }), {
    status: 403,
    body: { error: 'API key lacks required scope: write' },
  });
  t.match(await read(server, '/api/v1/events', DEV_WRITE_KEY), {
    status: 403,
    body: { error: 'API key lacks required scope: read' },
  });
  t.match(await read(server, '/api/v1/events'), { status: 200 });
});

await tap.test('keys of its own replace the development keys', async (t) => {
  const server = await strictServer(t, { writeKeys: [UNKNOWN], readKeys: [] });
  t.equal(server.key, UNKNOWN);
  t.match(await post(server, { message: 'a' }), UNAUTHORIZED);
  t.match(await post(server, { message: 'a' }, { headers: { 'X-API-Key': UNKNOWN } }), {
    status: 202,
  });
  t.match(await read(server, '/api/v1/events'), UNAUTHORIZED);
});

await tap.test('a revoked key is unknown, and works again once it is not', async (t) => {
  const server = await strictServer(t);
  server.revoked = true;
  t.match(await post(server, { message: 'a' }), UNAUTHORIZED);
  server.revoked = false;
  t.match(await post(server, { message: 'a' }), { status: 202 });
});

await tap.test(
  'a deleted organization refuses good keys, before it looks at their scope',
  async (t) => {
    const server = await strictServer(t);
    server.organizationDiscarded = true;
    const refusal = { status: 403, body: { error: 'Organization is no longer active' } };
    t.match(await post(server, { message: 'a' }), refusal);
    t.match(await post(server, {}, { headers: { 'X-API-Key': DEV_READ_KEY } }), refusal);
    t.match(await post(server, {}, { headers: { 'X-API-Key': UNKNOWN } }), UNAUTHORIZED);
  },
);
