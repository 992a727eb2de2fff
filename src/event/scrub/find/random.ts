import { isCountText } from '../hidden.ts';

/** Words with digits that are no secret: `password sha256`, `token v2.1`, `token field2`. */
const TERM =
  /^(?:(?:sha|md|hs|rs|es|ps|aes|utf|base|oauth|http|argon|pbkdf|ipv|scrypt|bcrypt|ec|ed|rsa|secp|curve|x|v)-?\d[\w.-]{0,6}|[A-Za-z]+[-_#]?\d{1,2}|\d+[A-Za-z]{1,3})$/i;

/** Whether a value has letters and digits, and is no term, path, file, count or time. */
export function isRandom(value: string, isStrong: boolean): boolean {
  if (value.length < 6 || !/[A-Za-z]/.test(value) || !/\d/.test(value)) return false;
  if (/^[./]|[/:]\S*[/:]|^[\w.-]+\.(?:[jt]sx?|json|md|html?|ya?ml|py|rb|go)\b/.test(value))
    return false;
  if (isCountText(value)) return false;
  return !TERM.test(value) || (isStrong && /^[a-z]{6,}\d{1,2}$/.test(value));
}

/** Names of things that have a number: `db-credentials-v2`, `cache_7`. */
const THING = /^(?:[A-Za-z]+|\d{1,3})(?:[-_.](?:[A-Za-z]{2,}|[A-Za-z]?\d{1,3}))+$/;

export function isThing(value: string): boolean {
  return THING.test(value);
}
