import { loadMaking } from '../late-making.cts';
import { soon } from '../soon.ts';
import type { Scrubber, ScrubOptions } from './scrubber.ts';

/** The same as `createScrubber`, whose code is loaded late. */
export function lateScrubber(options: ScrubOptions): Scrubber {
  const whole = soon(() => loadMaking().createScrubber(options));
  return {
    get judge() {
      return whole().judge;
    },
    value: (value, budget) => whole().value(value, budget),
    text: (text, max) => whole().text(text, max),
    line: (text, max) => whole().line(text, max),
    code: (text, max) => whole().code(text, max),
    key: (name) => whole().key(name),
  };
}
