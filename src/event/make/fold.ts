/** A message as ErrSight groups by it. */
export function foldDigits(message: string): string {
  return message.replaceAll(/\d+/g, 'N');
}

/** `7c9e6679-7425-40de-944b-e07fc1f90ae7` */
const UUID = /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi;
const EMAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g;
/**
 * Hashes, ids of MongoDB, traces: eight hexadecimal digits or more, one of them 0 to 9. Or `0x1f`.
 */
const HEX = /\b0x[\da-f]+\b|\b(?=[a-f]{0,40}\d)[\da-f]{8,}\b/gi;
/** Ids such as `ord_7fA9x2LmQ0pZ`: twelve letters and digits or more, with two digits. */
const ID = /\b(?:[A-Za-z]{2,8}_)?(?=[A-Za-z]{0,40}\d[A-Za-z]{0,40}\d)[A-Za-z\d]{12,}\b/g;
/** Stripe's `cus_NffrFeUfNV2Hib`, `pi_…`, `req_…`: one digit is enough after such a prefix. */
const PREFIXED = /\b[a-z]{2,6}_(?=[A-Za-z]{0,40}\d)[A-Za-z\d]{8,}\b/g;
/**
 * Ids of nanoid, such as `V1StGXR8_Z5jdHi6B-myT`: 21 characters. Words would have long runs of one
 * kind.
 */
const NANO = /(?<![\w-])[\w-]{21}(?![\w-])/g;
const RUNS = /[a-z]+|[A-Z]+|\d+|[_-]+/g;
const LEAST_RUNS = 11;
/** The end of a pod's name, `-7f9c4d5b6-x2x4z`, which has no vowels, or of a temporary folder's. */
const POD = /(?<=-)(?=[a-z]{0,9}\d)[bcdfghjklmnpqrstvwxz2-9]{5,10}(?![\w])/g;
const TEMPORARY = /(?<=\bte?mp[-_.])(?=[A-Za-z]{0,20}\d)[A-Za-z\d]{6,20}\b/gi;
/**
 * IPv6: eight groups, or a double colon with one beside it. Without a digit it is a name of C++.
 */
const IPV6 =
  /(?<![\w:])(?=[a-f:]{0,32}\d)(?:(?:[\da-f]{1,4}:){7}[\da-f]{1,4}|(?:[\da-f]{1,4}:){1,6}(?::[\da-f]{1,4}){1,6}|::(?:[\da-f]{1,4}:){0,5}[\da-f]{1,4})(?![\w:])/gi;
/** `-1`, `2.5`, `1,000` are one number each. */
const NUMBER = /(?<![\w.])-?\d+(?:[.,]\d+)*/g;

/** A message without what differs from event to event: ids, addresses, numbers. */
export function foldMessage(message: string): string {
  // Nearly every pattern needs a digit.
  const isPlain = !/[\d@]/.test(message);
  if (isPlain) return message;
  let folded = message;
  folded = folded.replaceAll(NANO, (id) => ((id.match(RUNS)?.length ?? 0) < LEAST_RUNS ? id : 'N'));
  for (const each of [POD, TEMPORARY, UUID, EMAIL, IPV6, HEX, ID, PREFIXED, NUMBER]) {
    folded = folded.replaceAll(each, 'N');
  }
  return foldDigits(folded);
}
