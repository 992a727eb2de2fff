/**
 * Random and hashed names. Node's crypto is loaded with the first one: it takes 2 ms, which who reports
 * nothing need not pay.
 */
const crypto = () => process.getBuiltinModule('node:crypto');

export function randomUUID(): string {
  return crypto().randomUUID();
}

/** So many random bytes, as hexadecimal digits. */
export function randomHex(bytes: number): string {
  return crypto().randomBytes(bytes).toString('hex');
}

/** 16 hexadecimal digits that tell texts apart, and do not tell what they are. */
export function digest(text: string): string {
  return crypto().createHash('sha256').update(text).digest('hex').slice(0, 16);
}
