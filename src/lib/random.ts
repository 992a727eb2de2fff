import type Crypto from 'node:crypto';

/**
 * Random and hashed names. Node's crypto is loaded with the first one: it takes 2 ms, which who reports
 * nothing need not pay.
 */
let crypto: typeof Crypto | undefined;

function load(): typeof Crypto {
  // To ask for it each time takes longer than to make a name.
  crypto ??= process.getBuiltinModule('node:crypto');
  return crypto;
}

export function randomUUID(): string {
  return load().randomUUID();
}

/** So many random bytes, as hexadecimal digits. */
export function randomHex(bytes: number): string {
  return load().randomBytes(bytes).toString('hex');
}

/** 16 hexadecimal digits that tell texts apart, and do not tell what they are. */
export function digest(text: string): string {
  return load().createHash('sha256').update(text).digest('hex').slice(0, 16);
}
