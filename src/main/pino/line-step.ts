import { levelOnScale, type Level } from '../../event/level.ts';
import { loadInThread } from '../../late.cts';
import { errorKeyOf, levelNamesOf, messageKeyOf } from './instance.ts';
import type { BreadcrumbInput } from '../../event/record.ts';

/**
 * A line of pino's as a step of a trail, for the events of the thread that logs. Its text is read when such an
 * event needs it, by the code that pino's worker reads lines with: most lines are never part of one.
 */
export class PinoStep implements BreadcrumbInput {
  readonly #logger: object;
  readonly #number: number;
  readonly #line: string;
  readonly #at: number | undefined;
  #step: BreadcrumbInput | undefined;

  /** `at` is when it was made, where the line does not say that: to ask the clock takes as long as all else. */
  constructor(logger: object, number: number, line: string, at: number | undefined) {
    this.#logger = logger;
    this.#number = number;
    this.#line = line;
    this.#at = at;
    this.#step = undefined;
  }

  get timestamp(): BreadcrumbInput['timestamp'] {
    return this.#at ?? this.#whole().timestamp;
  }

  get level(): Level {
    return levelOnScale(this.#number, levelNamesOf(this.#logger));
  }

  get category(): string | undefined {
    return this.#whole().category;
  }

  get message(): string | undefined {
    return this.#whole().message;
  }

  get data(): BreadcrumbInput['data'] {
    return this.#whole().data;
  }

  #whole(): BreadcrumbInput {
    const [messageKey, errorKey] = [messageKeyOf(this.#logger), errorKeyOf(this.#logger)];
    return (this.#step ??= loadInThread().stepOf(this.#line, { messageKey, errorKey }, this.level));
  }
}

/** pino's own beginning of a line, with the time in ms. */
const USUAL = /^\{"level":(?:\d+|"\w+"),"time":1\d{12}[,}]/;

/** Whether a line says when it was made, so that it can be read later. */
export function saysTime(line: string): boolean {
  return USUAL.test(line);
}
