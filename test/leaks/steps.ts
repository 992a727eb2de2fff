import { Session } from 'node:inspector/promises';

/** Units that built-in functions have read. V8 counts the steps of the rest. */
let units = 0;
let isCounting = false;

/* oxlint-disable typescript/unbound-method -- they are called with a text of their own */
const { indexOf, lastIndexOf, includes } = String.prototype;
const { exec } = RegExp.prototype;
/* oxlint-enable typescript/unbound-method */

/* oxlint-disable no-extend-native -- nothing else tells how far these functions read */
String.prototype.indexOf = function (this: string, word: string, from = 0): number {
  const found = indexOf.call(this, word, from);
  if (isCounting) units += Math.max(0, (found === -1 ? this.length : found) - from);
  return found;
};
String.prototype.includes = function (this: string, word: string, from = 0): boolean {
  return isCounting ? this.indexOf(word, from) !== -1 : includes.call(this, word, from);
};
String.prototype.lastIndexOf = function (this: string, word: string, from = Infinity): number {
  const found = lastIndexOf.call(this, word, from);
  if (isCounting) units += Math.max(0, Math.min(from, this.length) - found);
  return found;
};
RegExp.prototype.exec = function (this: RegExp, text: string): RegExpExecArray | null {
  const from = this.global || this.sticky ? this.lastIndex : 0;
  const match = exec.call(this, text);
  if (isCounting) {
    const end = match === null ? text.length : match.index + match[0].length;
    units += this.sticky && match === null ? 1 : Math.max(0, end - from);
  }
  return match;
};

/**
 * How many steps the code of the scrubber takes, and how many units the functions of the language read for it.
 * It is the same number on each machine.
 */
export class StepCounter {
  readonly #session = new Session();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  async of(run: () => void): Promise<number> {
    await this.#session.post('Profiler.takePreciseCoverage');
    units = 0;
    isCounting = true;
    run();
    isCounting = false;
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    let steps = units;
    for (const { url, functions } of result) {
      if (!url.includes('/event/scrub/')) continue;
      for (const { ranges } of functions) for (const { count } of ranges) steps += count;
    }
    return steps;
  }

  async end(): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}
