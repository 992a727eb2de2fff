export function order(what) {
  throw new RangeError(`no stock for ${what}`);
}
