/**
 * What pino's options have of ours. In pino 10, and the last of 9, the hooks only look on: which logger makes
 * which line of what. Older ones get one short id into a line, by which its note is found.
 */
import { isErrorInstance } from '../../event/error/class.ts';
import { destinyOf, levelOnScale } from '../../event/level.ts';
import { SCOPE_FIELD } from '../../event/make/scope-field.ts';
import { isObject } from '../../lib/safe-read.ts';
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

/** What a call of pino's was given, and pino drops, is kept for the line that it makes. */
export function keepErrors(lines: PinoLines, theirs: LogMethod | undefined): LogMethod {
  const { bound, calls, making } = lines;
  function keep(this: unknown, method: LogFn, args: unknown[]): void {
    // Of the line around this one: a serializer, or a mixin, logs.
    const { logger, fields, number } = making;
    making.logger = undefined;
    const thrown = isPlain(args) ? undefined : droppedOf(args);
    const call = thrown === undefined ? undefined : { thrown, logger: this };
    try {
      calls.during(call, () => method.apply(this, args));
    } finally {
      making.logger = logger;
      making.fields = fields;
      making.number = number;
      bound.forget();
    }
  }
  if (theirs === undefined) {
    return function logMethod(args, method) {
      // As most. Nothing is put back where it throws: the next line begins anew.
      if (making.logger === undefined && !calls.isMaking && isPlain(args)) {
        method.apply(this, args);
        bound.forget();
      } else keep.call(this, method, args);
    };
  }
  /** By pino's own: there is one for each level. */
  const wrapped = new WeakMap<LogFn, LogFn>();
  return function logMethod(args, method, level) {
    let keeping = wrapped.get(method);
    if (keeping === undefined) {
      // Behind theirs, which may change the order of the arguments.
      keeping = function (...given) {
        keep.call(this, method, given);
      };
      wrapped.set(method, keeping);
    }
    theirs.call(this, args, keeping, level);
  };
}

/** Whether pino drops nothing of a call, as of most: to slice the arguments of each line cost it half its time. */
function isPlain(args: readonly unknown[]): boolean {
  return (
    args.length < 2 ||
    (args.length === 2 && typeof args[0] === 'object' && typeof args[1] === 'string')
  );
}

/** The text of a stack, as Nest has it behind its text. */
const STACK = /\n {4}at /;
/** Characters of one that are looked at. */
const MAX_STACK = 65_536;

/** The Error among the arguments that pino makes no field of. */
function droppedOf(args: readonly unknown[]): unknown {
  if (args.length < 2 || isErrorInstance(args[0])) return undefined;
  const [first, ...values] = args;
  const isText = first !== undefined && typeof first !== 'object';
  const text = isText ? first : values[0];
  const rest = isText || isErrorInstance(text) ? values : values.slice(1);
  // One that `%s` shows is the second choice: its stack is in no text.
  const shown = typeof text === 'string' && text.includes('%') ? placesIn(text) : 0;
  const error = rest.slice(shown).find(isErrorInstance) ?? rest.find(isErrorInstance);
  if (error !== undefined) return error;
  return rest.slice(shown).find(isStack);
}

function isStack(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_STACK && STACK.test(value);
}

/** How many values a format takes: to pino any character but a second % makes one of a %. */
function placesIn(format: string): number {
  return [...format.matchAll(/%([^])/g)].filter(([, character]) => character !== '%').length;
}

let notes = 0;

/** The user's own mixin and strategy, and behind them the id of a line of pino 7 to 9. */
export function lineIds(
  { lines, scopes, rules }: { lines: PinoLines; scopes: Scopes; rules: LineRules },
  levelNames: Readonly<Record<string, string>>,
  theirs: { readonly mixin?: Mixin | undefined; readonly mixinMergeStrategy?: unknown },
): Mixins {
  const { mixin } = theirs;
  const merge = (theirs.mixinMergeStrategy as MergeStrategy | undefined) ?? assign;
  /** Of the line between the two calls; nothing can log in between. */
  let pending: string | undefined;

  function idOf(fields: object, level: number, logger: unknown): string | undefined {
    const destiny = destinyOf(levelOnScale(level, levelNames), rules);
    if (destiny === 'nothing') return undefined;
    const scope = scopes.current();
    const id = scope.origin?.id;
    if (destiny === 'breadcrumb') return id;
    // pino 7 does not say which logger it is; its own levels are known here.
    const given = isObject(logger)
      ? logger
      : (lines.calls.logger ?? { levels: { labels: levelNames } });
    const json = lines.noteOf({ logger: given, fields, number: level }, rules, scope);
    if (json === undefined) return id;
    notes = (notes + 1) | 0;
    lines.writer.note(notes, json);
    return `${id ?? ''}.${notes}`;
  }

  return {
    mixin(fields, level, logger) {
      const mixed = mixin === undefined ? NOTHING : mixin(fields, level, logger);
      // pino 7 gives a mixin no logger.
      if (!isObject(logger) || !lines.begin(logger, level)) pending = idOf(fields, level, logger);
      return mixed;
    },
    mixinMergeStrategy(fields, mixed) {
      const id = pending;
      pending = undefined;
      // Without a mixin of theirs pino would not have asked their strategy.
      const merged = mixin === undefined ? fields : merge(fields, mixed);
      if (lines.making.logger !== undefined) lines.making.fields = merged;
      // A copy, since the object may be the user's.
      return id === undefined ? merged : Object.assign({}, merged, { [SCOPE_FIELD]: id });
    },
  };
}

/** What no mixin of theirs has given; nobody gets it. */
const NOTHING = {};

/** pino's own. */
function assign(fields: object, mixed: object): object {
  return Object.assign(mixed, fields);
}
