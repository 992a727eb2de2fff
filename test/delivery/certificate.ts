import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** A DER element: tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), body]);
}

const sequence = (...contents: readonly Buffer[]): Buffer => der(0x30, ...contents);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const bits = (body: Buffer): Buffer => der(0x03, Buffer.from([0]), body);
const time = (date: string): Buffer => der(0x17, Buffer.from(date));

const COMMON_NAME = oid('550403');
const SUBJECT_ALT_NAME = oid('551d11');
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** Whom it is for: a host name, or an IPv4 address. Default: 127.0.0.1. */
  readonly host?: string;
  /** Its last day: YYMMDD. Default: the end of 2049. */
  readonly until?: string;
}

function hostName(host: string): Buffer {
  const numbers = host.split('.').map(Number);
  return numbers.every((number) => number >= 0)
    ? der(0x87, Buffer.from(numbers))
    : der(0x82, Buffer.from(host));
}

/** A self-signed certificate, valid from 2020 on. Made here so that no key is in git. */
export function selfSigned({
  host = '127.0.0.1',
  until = '491231',
}: CertificateOptions = {}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const name = sequence(
    der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(`errsight test ${host}`)))),
  );
  const tbs = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    // A serial number has to be positive.
    der(0x02, Buffer.from([1, ...createHash('sha256').update(spki).digest().subarray(0, 8)])),
    ECDSA_WITH_SHA256,
    name,
    sequence(time('200101000000Z'), time(`${until}235959Z`)),
    name,
    spki,
    der(0xa3, sequence(sequence(SUBJECT_ALT_NAME, der(0x04, sequence(hostName(host)))))),
  );
  const certificate = sequence(tbs, ECDSA_WITH_SHA256, bits(sign('sha256', tbs, privateKey)));
  const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
