/** pino 10 tells of each line that it has made by a tracing channel. */
import { channel } from 'node:diagnostics_channel';
import { isObject } from '../../lib/safe-read.ts';
import { PinoStep } from './line-step.ts';
import type { Making } from './making.ts';

/** pino's end of `asJson`. */
const CHANNEL = 'tracing:pino_asJson:end';

/** What it tells of a line. */
interface Made {
  readonly instance: unknown;
  /** What was logged, the text, the number of the level, the time. */
  readonly arguments: ArrayLike<unknown>;
  readonly result: unknown;
}

/** Listens to the lines of all loggers. Returns what ends it. */
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
      // Of one of `withErrsight` its hook tells.
      if (making.logger === instance) return;
      made(new PinoStep(instance, number, result, given?.[1]), given?.[0]);
    } catch {
      // Of what no logger of pino's is there is nothing to tell.
    }
  };
  end.subscribe(listener);
  return () => {
    end.unsubscribe(listener);
  };
}
