import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { test } from 'tap';
import { type Certificate, selfSigned } from './certificate.ts';
import { accept, BODY, listen, type Local, never, retry, run, sender } from './local.ts';

type Test = Parameters<typeof listen>[0];

async function serveTls(t: Test, certificate: Certificate): Promise<Local> {
  const local = await listen(t, createTlsServer(certificate, accept));
  return { ...local, host: local.host.replace('http:', 'https:') };
}

const ASK_TWICE = `const alive = setInterval(() => {}, 60_000);
  console.log((await send()).kind, (await send()).kind);
  clearInterval(alive);`;

void test('a certificate that NODE_EXTRA_CA_CERTS holds is trusted', async (t) => {
  const certificate = selfSigned();
  const { host } = await serveTls(t, certificate);
  const file = join(t.testdir(), 'ca.pem');
  writeFileSync(file, certificate.cert);
  const stdout = await run(host, ASK_TWICE, { NODE_EXTRA_CA_CERTS: file });
  t.equal(stdout, 'accepted accepted\n');
});

void test('a certificate given as `ca` is trusted, on one connection', async (t) => {
  const certificate = selfSigned();
  const { host, connections } = await serveTls(t, certificate);
  const { send } = sender(t, host, { ca: certificate.cert });
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  t.equal(connections(), 1);
});

void test('`ca` replaces none of the certificates that are trusted without it', async (t) => {
  const certificate = selfSigned();
  const { host } = await serveTls(t, certificate);
  const file = join(t.testdir(), 'ca.pem');
  writeFileSync(file, certificate.cert);
  const { cert: ca } = selfSigned({ host: 'other.invalid' });
  const stdout = await run(host, ASK_TWICE, { NODE_EXTRA_CA_CERTS: file }, { ca });
  t.equal(stdout, 'accepted accepted\n');
});

void test('of several certificates in `ca` each is trusted', async (t) => {
  const certificate = selfSigned();
  const { host } = await serveTls(t, certificate);
  const ca = `${selfSigned({ host: 'other.invalid' }).cert}${certificate.cert}`;
  t.strictSame(await sender(t, host, { ca }).send(BODY, 2, never), { kind: 'accepted' });
});

const right = selfSigned();
const elsewhere = selfSigned({ host: 'errsight.invalid' });
const expired = selfSigned({ until: '210101' });

// Who has such a certificate is sent nothing, and tried again later.
const WRONG: readonly (readonly [
  what: string,
  certificate: Certificate,
  ca: string | undefined,
  reason: string,
])[] = [
  ['that nobody vouches for', right, undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['that another CA vouches for', right, elsewhere.cert, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['for another host', elsewhere, elsewhere.cert, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['that has expired', expired, expired.cert, 'CERT_HAS_EXPIRED'],
];

for (const [what, certificate, ca, reason] of WRONG) {
  void test(`a certificate ${what} is an outcome, and nothing is sent`, async (t) => {
    let requests = 0;
    const server = createTlsServer(certificate, () => requests++);
    const host = (await listen(t, server)).host.replace('http:', 'https:');
    t.strictSame(await sender(t, host, { ca }).send(BODY, 2, never), retry(reason));
    t.equal(requests, 0);
  });
}

void test('a server that speaks plain HTTP where TLS is due is an outcome', async (t) => {
  const { host } = await listen(t, createServer(accept));
  const outcome = await sender(t, host.replace('http:', 'https:')).send(BODY, 2, never);
  // OpenSSL's word for it is not the same in all Nodes.
  t.match(outcome, { kind: 'retry', reason: /^(ERR_SSL_[A-Z_]+|EPROTO)$/ });
});

void test('a server that speaks TLS where plain HTTP is due is an outcome', async (t) => {
  const { host } = await serveTls(t, right);
  const outcome = await sender(t, host.replace('https:', 'http:')).send(BODY, 2, never);
  t.match(outcome, { kind: 'retry', reason: /^(ECONNRESET|EPIPE|HPE_[A-Z_]+)$/ });
});

void test('a `ca` that is none is an outcome, not an exception', async (t) => {
  const { host } = await serveTls(t, right);
  const ca = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  t.match(await sender(t, host, { ca }).send(BODY, 2, never), { kind: 'retry', reason: /./ });
});
