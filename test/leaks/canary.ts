import { randomInt } from 'node:crypto';

const LETTERS = 'bcdfghjklmnpqrstvwxz';
const ALL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function some(length: number, letters: string): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
}

/** What no other text has: one for the process, so that a leak is seen wherever it turns up. */
export const CANARY: string = some(10, LETTERS);
export const OTHER: string = some(10, LETTERS);

/** A secret with a sign in its middle: half of it must not leave either. */
export function secretWith(sign: string): string {
  return `${CANARY}${sign}${OTHER}`;
}

/** Whether a part of a secret is in a text. */
export function isLeaked(text: string): boolean {
  return text.includes(CANARY) || text.includes(OTHER);
}

/** A token of a shape as test/leaks/forms.ts has them. */
export function tokenOf(shape: string): string {
  return shape
    .replace(/\[(\d+)\]/g, (_, length: string) => some(Number(length), ALL))
    .replace(/\((\d+)\)/g, (_, length: string) => some(Number(length), ALL.slice(0, 52)))
    .replace(/\{(\d+)\}/g, (_, length: string) => some(Number(length), CAPITALS))
    .replace(/#(\d+)/g, (_, length: string) => some(Number(length), '123456789'));
}

/** The longest part of a token that no form of it has in common. */
export function heartOf(token: string): string {
  return (
    token
      .split(/[._:/-]/)
      .toSorted((a, b) => b.length - a.length)[0]
      ?.slice(-12) ?? token
  );
}

/** A number of a card that is right by Luhn's sum. */
export function card(prefix: string, length: number): string {
  const digits = prefix + some(length - prefix.length - 1, '0123456789');
  for (let last = 0; last < 10; last += 1) {
    let sum = 0;
    for (const [index, digit] of Array.from(digits + last)
      .toReversed()
      .entries()) {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      sum += value > 9 ? value - 9 : value;
    }
    if (sum % 10 === 0) return digits + String(last);
  }
  return digits;
}
