import { severity, type Level } from '../../event/level.ts';
import { inOneLine } from '../../event/error/one-line.ts';
import { isObject } from '../../lib/safe-read.ts';
import { causesOf } from '../../event/error/causes-of.ts';
import { hasSameStack, isRetold, isSurelyRetold, saysOnlyStatus } from './likeness.ts';
import type { Kin, Logged } from '../origin.ts';

/** The most errors that are remembered. A request that never ends logs any number. */
const TOLD = 20;

/** The errors of one request that projects were told of. */
export class ToldErrors {
  #told: readonly (Logged & { readonly level: Level })[] = [];
  /**
   * Values that the request has failed with and that are no objects. Only within a request the same
   * value counts as the same failure.
   */
  #boxes: readonly { readonly value: unknown; readonly box: object }[] = [];

  add(level: Level, logged: Logged): void {
    this.#told = [...this.#told.slice(1 - TOLD), { ...logged, level }];
  }

  /** Whether a value that is no object was told. */
  has(error: unknown, level: Level, project: string): boolean {
    return this.#told.some(
      (each) =>
        !isObject(error) &&
        each.error === error &&
        each.project === project &&
        each.isStarting !== true &&
        severity(level) <= severity(each.level),
    );
  }

  /** What was told and caused this, or was caused by it. */
  kinOf(error: unknown, project: string): Kin | undefined {
    const causes = causesOf(error);
    const inside: object[] = [];
    for (const { error: told, project: where } of this.#told.toReversed()) {
      const key = isObject(told) ? told : this.boxOf(told);
      if (where !== project || key === undefined || told === error) continue;
      if (causes.includes(told)) inside.push(key);
      else if (inside.length === 0 && causesOf(told).includes(error))
        return { error: key, isCause: false };
    }
    const [last, ...others] = new Set(inside);
    return last && { error: last, isCause: true, others };
  }

  /**
   * The error that was told last and of which this one only repeats the text, as in
   * `throw new AppError(error.message)`. An HTTP error that says no more than its status repeats any.
   * Of an error that the request does not fail with, less is believed.
   */
  retoldBy(error: object, project: string, isFailing: boolean): Kin | undefined {
    // What it has a cause for is that.
    if (causesOf(error).length > 0) return undefined;
    const isBlank = saysOnlyStatus(error);
    const found = this.#told.findLast(
      (each) =>
        each.project === project &&
        isObject(each.error) &&
        each.error !== error &&
        !hasSameStack(each.error, error) &&
        severity(each.level) >= severity('error') &&
        (isBlank || (isFailing ? isRetold : isSurelyRetold)(each.error, error)),
    );
    return (
      found && { error: found.error as object, isCause: false, words: String(inOneLine(error)) }
    );
  }

  /**
   * The copy of an error that was told, or of one of its causes, such as the one that nestjs-pino
   * makes of a text and a stack. It lacks the class of the error.
   */
  copyOf(error: object, project: string): Kin | undefined {
    const errors = [error, ...causesOf(error)];
    const found = this.#told.findLast(
      (each) =>
        each.project === project &&
        isObject(each.error) &&
        errors.some((one) => each.error !== one && hasSameStack(each.error, one)),
    );
    return found && { error: found.error as object, isCause: true };
  }

  /** One of these that was told. */
  oneOf(errors: readonly unknown[], project: string): object | undefined {
    const told = this.#told.findLast(
      (each) => each.project === project && errors.includes(each.error),
    )?.error;
    return isObject(told) ? told : this.boxOf(told);
  }

  /** Gives a value that is no object an identity. */
  box(value: unknown): void {
    if (isObject(value) || this.boxOf(value) !== undefined) return;
    this.#boxes = [...this.#boxes.slice(1 - TOLD), { value, box: {} }];
  }

  boxOf(value: unknown): object | undefined {
    return this.#boxes.find((each) => Object.is(each.value, value))?.box;
  }
}
