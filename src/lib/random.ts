import type Crypto from 'node:crypto';

/**
 * Random and hashed names. Node's crypto is loaded when it is first needed. That takes 2 ms, which
 * an application that reports nothing saves.
 */
let crypto: typeof Crypto | undefined;

function load(): typeof Crypto {
  // It is kept, since `getBuiltinModule` takes longer than making a name.
  crypto ??= process.getBuiltinModule('node:crypto');
  return crypto;
}

export function randomUUID(): string {
  return load().randomUUID();
}

/** Random bytes as hexadecimal digits. */
export function randomHex(bytes: number): string {
  return load().randomBytes(bytes).toString('hex');
}

/** 16 hexadecimal digits that differ between texts and do not reveal them. */
export function digest(text: string): string {
  return load().createHash('sha256').update(text).digest('hex').slice(0, 16);
}
