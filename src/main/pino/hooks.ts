/**
 * The hooks of ours in pino's options. In pino 10, and the last versions of 9, they only watch
 * which logger makes which line from what. In older versions they add one short id to a line, by
 * which its note is found.
 */
import { destinyOf, levelOnScale } from '../../event/level.ts';
import { SCOPE_FIELD } from '../../event/make/scope-field.ts';
import { isObject } from '../../lib/safe-read.ts';
import { markCopy } from '../requests/likeness.ts';
import type { PinoLines } from './lines.ts';
import type { LineRules } from './rules.ts';
import type { Scopes } from '../scopes.ts';

/** pino's `LogFn`, and its hook, as far as they matter here. */
type LogFn = (this: unknown, ...args: unknown[]) => void;
export type LogMethod = (this: unknown, args: unknown[], method: LogFn, level: number) => void;
export type StreamWrite = (line: string) => string;

type Mixin = (fields: object, level: number, logger: unknown) => object;
type MergeStrategy = (fields: object, mixed: object) => object;

export interface Mixins {
  readonly mixin: Mixin;
  readonly mixinMergeStrategy: MergeStrategy;
}

/** Keeps the error that pino drops of a call, for the line that the call makes. */
export function keepErrors(lines: PinoLines, theirs: LogMethod | undefined): LogMethod {
  const { bound, calls, making } = lines;
  function keep(this: unknown, method: LogFn, args: unknown[]): void {
    // These belong to the outer line, if a serializer or a mixin logs.
    const { logger, fields, number } = making;
    const before = calls.logger;
    if (logger === undefined && !calls.isMaking && isObject(this)) bound.begin(this);
    making.logger = undefined;
    calls.logger = isObject(this) ? this : undefined;
    const call = isPlain(args) ? undefined : { args, logger: this };
    try {
      calls.during(call, () => method.apply(this, args));
    } finally {
      making.logger = logger;
      making.fields = fields;
      making.number = number;
      calls.logger = before;
      bound.forget();
    }
  }
  if (theirs === undefined) {
    return function logMethod(args, method) {
      // The usual case.
      if (making.logger === undefined && !calls.isMaking && isPlain(args)) {
        calls.logger = this as object;
        bound.begin(calls.logger);
        try {
          method.apply(this, args);
        } catch (error) {
          // Otherwise each later line would count as one within this one.
          making.logger = undefined;
          bound.forget();
          throw error;
        }
        bound.forget();
      } else keep.call(this, method, args);
    };
  }
  /** Our functions, by pino's own. pino has one for each level. */
  const wrapped = new WeakMap<LogFn, LogFn>();
  return function logMethod(args, method, level) {
    let keeping = wrapped.get(method);
    if (keeping === undefined) {
      // After the user's hook, which may change the order of the arguments.
      keeping = function (...given) {
        keep.call(this, method, given);
      };
      wrapped.set(method, keeping);
    }
    theirs.call(this, args, keeping, level);
  };
}

/**
 * Whether pino drops no argument of a call, which is so for most calls. Slicing the arguments of
 * each line took half the time of a line.
 */
function isPlain(args: readonly unknown[]): boolean {
  return (
    args.length < 2 ||
    (args.length === 2 && typeof args[0] === 'object' && typeof args[1] === 'string')
  );
}

let notes = 0;

/** The user's own mixin and merge strategy. After them comes the id of a line, in pino 7 to 9. */
export function lineIds(
  { lines, scopes, rules }: { lines: PinoLines; scopes: Scopes; rules: LineRules },
  levelNames: Readonly<Record<string, string>>,
  theirs: { readonly mixin?: Mixin | undefined; readonly mixinMergeStrategy?: unknown },
): Mixins {
  const { mixin } = theirs;
  const merge = (theirs.mixinMergeStrategy as MergeStrategy | undefined) ?? assign;
  /** The id of the line between the two calls. Nothing can log in between. */
  let pending: string | undefined;

  function idOf(fields: object, level: number, logger: object | undefined): string | undefined {
    const destiny = destinyOf(levelOnScale(level, levelNames), rules);
    if (destiny === 'nothing') return undefined;
    const scope = scopes.current();
    const id = scope.origin?.id;
    if (destiny === 'breadcrumb') return id;
    // Code that does not call a logger's method has no logger. The names of its levels are known here.
    const given = logger ?? { levels: { labels: levelNames } };
    const made = lines.noteOf({ logger: given, fields, number: level }, rules, scope);
    if (made === undefined) return id;
    notes = (notes + 1) | 0;
    lines.writer.note(notes, made.json, made);
    return `${id ?? ''}.${notes}`;
  }

  return {
    mixin(fields, level, logger) {
      markCopy(fields, level);
      // pino 7 gives a mixin no logger. It is read first, since the user's mixin may log.
      const by = isObject(logger) ? logger : lines.calls.logger;
      const mixed = mixin === undefined ? NOTHING : mixin(fields, level, logger);
      if (by === undefined || !lines.begin(by, level)) pending = idOf(fields, level, by);
      return mixed;
    },
    mixinMergeStrategy(fields, mixed) {
      const id = pending;
      pending = undefined;
      // Without a mixin of the user, pino would not have called the user's strategy.
      const merged = mixin === undefined ? fields : merge(fields, mixed);
      if (lines.making.logger !== undefined) lines.making.fields = merged;
      // A copy, since the object may be the user's.
      return id === undefined ? merged : Object.assign({}, merged, { [SCOPE_FIELD]: id });
    },
  };
}

export type Formatter = (this: unknown, fields: object) => unknown;

/** The user's own formatter. A line in pino 7 to 9 keeps its id, whatever the formatter picks. */
export function keepId(theirs: Formatter): Formatter {
  return function (fields) {
    const picked = theirs.call(this, fields);
    const id = isObject(fields) ? (fields as Record<string, unknown>)[SCOPE_FIELD] : undefined;
    if (id === undefined || !isObject(picked) || SCOPE_FIELD in picked) return picked;
    return { ...picked, [SCOPE_FIELD]: id };
  };
}

/** The result of the mixin that the user does not have. It goes nowhere. */
const NOTHING = {};

/** pino's own merge strategy. */
function assign(fields: object, mixed: object): object {
  return Object.assign(mixed, fields);
}
