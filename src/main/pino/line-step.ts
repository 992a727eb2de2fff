import { levelOnScale, type Level } from '../../event/level.ts';
import { loadInThread } from '../../late.cts';
import { errorKeyOf, levelNamesOf, messageKeyOf } from './instance.ts';
import { textIn } from './making.ts';
import type { Breadcrumb } from '../../event/event.ts';
import type { BreadcrumbInput } from '../../event/record.ts';
import type { CrumbMaker, Step } from '../steps.ts';

/** Stands for the text of a line if only the line itself has it. */
export const IN_LINE: unique symbol = Symbol('in the line');

/**
 * A line of pino as a step of a trail, for the events of the thread that logs. Its text is read
 * only if such an event needs it, by the code with which pino's worker reads lines. Most lines are
 * never part of one.
 */
export class PinoStep implements BreadcrumbInput, Step {
  readonly logger: object;
  /** The number of its level. */
  readonly number: number;
  readonly line: string;
  readonly #words: unknown;
  /** When it was made, if the line does not say so. */
  at: number | undefined;
  seq: number;
  by: CrumbMaker | undefined;
  crumb: Breadcrumb | undefined;
  place: number | undefined;
  #step: BreadcrumbInput | undefined;

  constructor(logger: object, number: number, line: string, words: unknown) {
    this.logger = logger;
    this.number = number;
    this.line = line;
    this.#words = words;
    this.at = undefined;
    this.seq = 0;
    this.by = undefined;
    this.crumb = undefined;
    this.place = undefined;
    this.#step = undefined;
  }

  /** The step is its own input: for most lines more than one object is not worth its cost. */
  get input(): BreadcrumbInput {
    return this;
  }

  get timestamp(): number {
    return this.at ?? Number(USUAL.exec(this.line)?.[1]);
  }

  get level(): Level {
    return levelOnScale(this.number, levelNamesOf(this.logger));
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

  /** Its text. This reads less of the line than `message`. */
  said(): string | undefined {
    if (this.#words === IN_LINE) return textIn(this.line, messageKeyOf(this.logger));
    return typeof this.#words === 'string' ? this.#words : undefined;
  }

  #whole(): BreadcrumbInput {
    const [messageKey, errorKey] = [messageKeyOf(this.logger), errorKeyOf(this.logger)];
    return (this.#step ??= loadInThread().stepOf(this.line, { messageKey, errorKey }, this.level));
  }
}

/** How pino begins a line by default, with the time in ms. */
const USUAL = /^\{"level":(?:\d+|"\w+"),"time":(1\d{12})[,}]/;

/** Whether a line says when it was made, so that the time can be read later. */
export function saysTime(line: string): boolean {
  return USUAL.test(line);
}
