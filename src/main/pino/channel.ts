/** pino 10 tells of each line that it has made by a tracing channel. */
import { channel } from 'node:diagnostics_channel';
import { isObject } from '../../lib/safe-read.ts';
import { hookOf } from './instance.ts';
import type { Making } from './making.ts';
import type { Logged } from './note.ts';

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
  made: (line: Logged & { readonly line: string }) => void,
): () => void {
  const end = channel(CHANNEL);
  const listener = (message: unknown): void => {
    try {
      const logged = loggedIn(message, making);
      if (logged !== undefined) made(logged);
    } catch {
      // Of what no logger of pino's is there is nothing to tell.
    }
  };
  end.subscribe(listener);
  return () => {
    end.unsubscribe(listener);
  };
}

/** The line that a message tells of; undefined where it tells too little. */
function loggedIn(
  message: unknown,
  making: Making,
): (Logged & { readonly line: string }) | undefined {
  const { instance, arguments: given, result } = message as Partial<Made>;
  if (typeof result !== 'string' || !isObject(instance)) return undefined;
  const number = given?.[2];
  // Of one of `withErrsight` its hook tells.
  if (typeof number !== 'number' || making.logger === instance) return undefined;
  // What a hook of the user's makes of the line is not known.
  if (hookOf(instance, 'streamWrite') !== undefined) return undefined;
  const text = given?.[1];
  const said = (): string | undefined => (typeof text === 'string' ? text : undefined);
  return { logger: instance, fields: given?.[0], number, line: result, said };
}
