/** A number as Ruby prints a Float: its exponent form begins at 1e16 and below 1e-4. */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e16)) {
    return Number.isInteger(value) ? `${value}.0` : JSON.stringify(value);
  }
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const sign = exponent.startsWith('-') ? '-' : '+';
  const digits = exponent.replace(/^[+-]/, '').padStart(2, '0');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${sign}${digits}`;
}

/** JavaScript has it from Node 22 on: a text that JSON shows as a number, without quotes. */
const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };

/**
 * A JSON number that Ruby can hold and JavaScript can't: with 30 digits, `1.0`, or beyond 1e308.
 */
export class Numeral {
  /** What Ruby's `to_s` says of it. */
  readonly text: string;
  /** False if no Float can hold it. */
  readonly isFinite: boolean;

  constructor(json: string) {
    const isWhole = !/[.e]/i.test(json);
    const value = Number(json);
    this.isFinite = isWhole || Number.isFinite(value);
    if (isWhole) this.text = json;
    else this.text = this.isFinite ? floatText(value) : `${value}`;
  }

  /** Whether a JSON number would lose something as a number of JavaScript. */
  static isNeededFor(json: string): boolean {
    const value = Number(json);
    if (!/[.e]/i.test(json)) return !Number.isSafeInteger(value);
    return Number.isInteger(value) || !Number.isFinite(value);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): unknown {
    if (!this.isFinite) return this.text;
    return rawJSON?.(this.text) ?? Number(this.text);
  }
}
