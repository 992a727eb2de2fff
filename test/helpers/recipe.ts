import fc from 'fast-check';

/**
 * How a hostile value is made: anew for each try, since values change and Proxies fall. fast-check
 * prints the text, where the value itself would strike back.
 */
export class Recipe {
  readonly text: string;
  readonly make: () => unknown;

  constructor(text: string, make: () => unknown) {
    this.text = text;
    this.make = make;
    Object.defineProperty(this, fc.toStringMethod, { value: () => text });
  }
}
