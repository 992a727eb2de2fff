/**
 * A class whose constructor returns its argument. So a subclass adds its private fields to that
 * object. This works for frozen objects, and no output shows the fields. It costs 0.03 µs. An entry
 * in a WeakMap costs the garbage collector 2 µs (measured on Node 20 and 24).
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- subclasses add the fields
export class Given {
  constructor(given: object) {
    // oxlint-disable-next-line no-constructor-return -- that is the point
    return given;
  }
}
