import { isObject, read, attempt } from '../../lib/safe-read.ts';

/**
 * The line that a logger of `withErrsight` is making. What its hooks are told, one after the other, is put
 * together here: pino's tracing channel says the same, and costs each line of the process 15 %.
 */
export class Making {
  logger: object | undefined;
  /** What was logged, behind the user's own mixin. */
  fields: unknown;
  /** Of its level. */
  number = 0;

  begin(logger: object, number: number): void {
    this.logger = logger;
    this.fields = undefined;
    this.number = number;
  }
}

/** The text of a line, of which no hook is told. */
export function textIn(line: string, messageKey: string): string | undefined {
  const parsed = attempt(() => JSON.parse(line) as unknown);
  const text = isObject(parsed) ? read(parsed, messageKey) : undefined;
  return typeof text === 'string' ? text : undefined;
}
