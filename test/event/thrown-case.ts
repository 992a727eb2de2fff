/** `[class, message]` of an error and of its causes. */
export type Told = [string, string];

/** What is told of one thrown value. */
export interface Account {
  readonly told: Told;
  /** Of its causes. */
  readonly causes?: readonly Told[];
}

/** The forms of loggers that can lose something of it, for good. */
export type Lossy =
  | 'pino object'
  | 'pino'
  | 'pino errWithCause'
  | 'bunyan'
  | 'winston'
  | 'winston cause'
  | 'winston stack'
  | 'winston line';

type Instead = Readonly<Partial<Record<Lossy, Partial<Account> | 'nothing'>>>;

/** One value that is thrown, and what is to be told of it. */
export interface Case extends Account {
  readonly name: string;
  readonly make: () => unknown;
  /** Where a form does not keep all of it: what is told then. */
  readonly instead?: Instead;
}

/** What bunyan and winston write of a stack has no causes but those behind bunyan's `cause()`. */
export const STACK_ALONE: Instead = {
  bunyan: { causes: [] },
  'winston stack': { causes: [] },
  'winston line': { causes: [] },
};

/** pino leaves out a cause without a message. */
export const PINO_ALONE: Instead = {
  'pino object': { causes: [] },
  pino: { causes: [] },
  'pino errWithCause': { causes: [] },
};

/** A field that is null or undefined is no error in a log line. */
export const NO_NOTHING: Instead = {
  pino: 'nothing',
  'pino errWithCause': 'nothing',
  bunyan: 'nothing',
};

/** winston takes what is no Error for the text of its line. */
export const NO_ERROR: Instead = {
  winston: 'nothing',
  'winston cause': 'nothing',
  'winston stack': 'nothing',
  'winston line': 'nothing',
};

/** What is told where neither the constructor comes along nor a property that is not enumerable. */
export function withoutProperties(account: Partial<Account>): Instead {
  return {
    bunyan: account,
    'winston cause': account,
    'winston stack': account,
    'winston line': account,
  };
}
