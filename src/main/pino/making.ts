import { isObject, read, attempt } from '../../lib/safe-read.ts';

/**
 * The line that a logger of `withErrsight` is making. Several hooks each know a part of it; the
 * parts are joined here. pino's tracing channel gives all at once, but takes 15 % of the time of
 * each line of the process.
 */
export class Making {
  logger: object | undefined;
  /** What was logged, after the user's own mixin. */
  fields: unknown;
  /** The number of its level. */
  number = 0;

  begin(logger: object, number: number): void {
    this.logger = logger;
    this.fields = undefined;
    this.number = number;
  }
}

/** The message of a line, read from its JSON. No hook is given it. */
export function textIn(line: string, messageKey: string): string | undefined {
  const parsed = attempt(() => JSON.parse(line) as unknown);
  const text = isObject(parsed) ? read(parsed, messageKey) : undefined;
  return typeof text === 'string' ? text : undefined;
}
