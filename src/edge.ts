/**
 * What this package is in an edge runtime, as Next has it for `middleware.ts`: the same names, and none of them does
 * anything. Next loads `instrumentation.ts` there too. If that fails for want of Node's modules, every request does.
 */
import { emptyStats, type Stats } from './stats.ts';

export { OptionError } from './options/option-error.ts';

function nothing(): void {}

function itself<T>(value: T): T {
  return value;
}

async function arrived(): Promise<boolean> {
  return true;
}

/** Nobody reads it. */
export class Scope {
  static from(): Scope {
    return new Scope();
  }
  setUser(): this {
    return this;
  }
  setTag(): this {
    return this;
  }
  setTags(): this {
    return this;
  }
  setMetadata(): this {
    return this;
  }
  setFingerprint(): this {
    return this;
  }
  setLevel(): this {
    return this;
  }
  clear(): this {
    return this;
  }
  toJSON(): object {
    return {};
  }
}

export function withScope<T>(...given: [(scope: Scope) => T] | [Scope, (scope: Scope) => T]): T {
  const [scope, callback] = given.length === 1 ? [new Scope(), given[0]] : given;
  return callback(scope);
}

export function withErrsight(pinoOptions: unknown = {}): unknown {
  return pinoOptions;
}

export function wrapJob<H>(_queue: unknown, handler: H): H {
  return handler;
}

export function scopeForJob(): object {
  return {};
}

export async function relay(): Promise<'pending'> {
  return 'pending';
}

export function stats(): Stats {
  return emptyStats();
}

export function getScope(): Scope {
  return new Scope();
}

function watch(): () => void {
  return nothing;
}

export {
  arrived as close,
  arrived as flush,
  itself as captureErrors,
  itself as wrapHandler,
  nothing as addBreadcrumb,
  nothing as captureEvent,
  nothing as captureException,
  nothing as captureMessage,
  nothing as captureRequestError,
  nothing as init,
  nothing as setTag,
  nothing as setTags,
  nothing as setUser,
  watch as watchKnex,
  watch as watchMongo,
  watch as watchPool,
  watch as watchPrisma,
};
