/** pino 10 publishes each line that it has made on a tracing channel. */
import { channel } from 'node:diagnostics_channel';
import { isObject } from '../../lib/safe-read.ts';
import { markCopy } from '../requests/likeness.ts';
import { PinoStep } from './line-step.ts';
import type { Making } from './making.ts';

/** The channel on which pino publishes the end of `asJson`. */
const CHANNEL = 'tracing:pino_asJson:end';

/** What pino publishes of a line. */
interface Made {
  readonly instance: unknown;
  /** What was logged, the text, the number of the level, the time. */
  readonly arguments: ArrayLike<unknown>;
  readonly result: unknown;
}

/** Listens to the lines of all loggers. Returns a function that ends it. */
export function listenToLines(
  making: Making,
  made: (step: PinoStep, fields: unknown) => void,
): () => void {
  const end = channel(CHANNEL);
  const listener = (message: unknown): void => {
    try {
      const { instance, arguments: given, result } = message as Partial<Made>;
      const number = given?.[2];
      if (typeof result !== 'string' || typeof number !== 'number' || !isObject(instance)) return;
      // The hook of `withErrsight` reports this line already.
      if (making.logger === instance) return;
      markCopy(given?.[0], number);
      made(new PinoStep(instance, number, result, given?.[1]), given?.[0]);
    } catch {
      // The sender is no logger of pino, so there is nothing to report.
    }
  };
  end.subscribe(listener);
  return () => {
    end.unsubscribe(listener);
  };
}
