import { isObject } from '../../lib/safe-read.ts';
import type { Level } from '../../event/level.ts';
import type { Scope } from '../scope.ts';
import { hookOf } from './instance.ts';
import type { ScopeRules } from './scope.ts';

/** The options that apply to a logger's lines. */
export interface LineRules extends ScopeRules {
  readonly minLevel: Level;
  readonly breadcrumbLevel: Level;
  /** See `projectOf`. */
  readonly project: string;
  /** Whether it is certain that the logger writes to a worker of ours. */
  readonly isOurs: boolean;
  /** Whether the logging thread takes the lines itself, beside a worker of another target. */
  readonly isTakenHere?: boolean;
  /** Whether a hook of the user changes the text of lines. */
  readonly isRewritten?: boolean;
  /** Called with the root of each logger that writes an event. */
  readonly onEvent?: (root: object, scope: Scope) => void;
}

/** Knows which rules apply to each logger. */
export class LoggerRules {
  /**
   * The rules of loggers that were made with `withErrsight`, by the hook that they have from it.
   */
  readonly #own = new WeakMap<object, LineRules>();
  /** The rules for all other loggers. */
  readonly #others = new Set<() => LineRules | undefined>();

  /** Adds rules for loggers without any. Returns a function that removes them. */
  add(rules: () => LineRules | undefined): () => void {
    this.#others.add(rules);
    return () => {
      this.#others.delete(rules);
    };
  }

  /** Uses these rules for the loggers with this hook. */
  give(logMethod: object, rules: LineRules): void {
    this.#own.set(logMethod, rules);
  }

  of(logger: object): LineRules | undefined {
    const hook = hookOf(logger, 'logMethod');
    const own = isObject(hook) ? this.#own.get(hook) : undefined;
    if (own !== undefined) return own;
    for (const find of this.#others) {
      const rules = find();
      if (rules !== undefined) return rules;
    }
    return undefined;
  }
}
