import { lastOf } from '../../event/make/breadcrumbs.ts';
import {
  fingerprintOf,
  levelOf,
  mergeTrails,
  metadataOf,
  tagsOf,
  userOf,
} from '../../event/make/contexts.ts';
import { destinyOf, levelOnScale, type Destiny, type Thresholds } from '../../event/level.ts';
import { isErrorInstance } from '../../event/error/class.ts';
import { isObject, read } from '../../lib/safe-read.ts';
import { SCOPE_FIELD, type ScopeField } from '../../event/make/scope-field.ts';
import type { Scope } from '../scope.ts';
import type { Scopes } from '../scopes.ts';
import type { CrumbMaker } from '../steps.ts';
import type { DataRules } from '../requests/data.ts';

/** What makes the field of a line. */
export interface ScopeSource extends Thresholds, DataRules {
  readonly scopes: Scopes;
  readonly maker: CrumbMaker;
  readonly maxBreadcrumbs: number;
  /** The names of the levels by their numbers. */
  readonly levelNames: Readonly<Record<string, string>>;
  /** Is told of each logger that writes an event. */
  readonly onEvent: (logger: unknown, scope: Scope) => void;
  /** See `projectOf`. */
  readonly project: string;
  readonly errorKey: string;
}

type Mixin = (fields: object, level: number, logger: unknown) => object;
type MergeStrategy = (fields: object, mixed: object) => object;

export interface Mixins {
  readonly mixin: Mixin;
  readonly mixinMergeStrategy: MergeStrategy;
}

/**
 * pino's mixin, which runs where a line is logged, and so knows the scope that the worker cannot
 * know. The field is put in behind the user's own mixin and strategy, which do not see it.
 */
export function scopeMixins(
  source: ScopeSource,
  theirs: { readonly mixin?: Mixin | undefined; readonly mixinMergeStrategy?: unknown },
): Mixins {
  const fieldOf = scopeFields(source);
  const { mixin } = theirs;
  const merge = (theirs.mixinMergeStrategy as MergeStrategy | undefined) ?? assign;
  /** Of the line between the two calls; nothing can log in between. */
  let pending: ScopeField | undefined;

  return {
    mixin(fields, level, logger) {
      const mixed = mixin === undefined ? {} : mixin(fields, level, logger);
      pending = fieldOf(fields, level, logger);
      return mixed;
    },
    mixinMergeStrategy(fields, mixed) {
      const field = pending;
      pending = undefined;
      // Without a mixin of theirs pino would not have asked their strategy.
      const merged = mixin === undefined ? fields : merge(fields, mixed);
      // A copy, since the object may be the user's. By this call it takes V8 a tenth of the time that
      // it takes for a spread with a key behind it.
      return field === undefined ? merged : Object.assign({}, merged, { [SCOPE_FIELD]: field });
    },
  };
}

/** pino's own. */
function assign(fields: object, mixed: object): object {
  return Object.assign(mixed, fields);
}

/** The Error of a line, where pino, or its users, put it. */
function errorIn(fields: unknown, errorKey: string): object | undefined {
  if (!isObject(fields)) return undefined;
  return [errorKey, 'err', 'error'].map((key) => read(fields, key)).find(isErrorInstance);
}

function scopeFields({
  scopes,
  levelNames,
  onEvent,
  project,
  errorKey,
  ...source
}: ScopeSource): (fields: object, level: number, logger: unknown) => ScopeField | undefined {
  const destinies = new Map<number, Destiny>();
  let describing = false;

  function destinyOn(level: number): Destiny {
    let destiny = destinies.get(level);
    if (destiny === undefined) {
      destiny = destinyOf(levelOnScale(level, levelNames), source);
      destinies.set(level, destiny);
    }
    return destiny;
  }

  return (fields, level, logger) => {
    const destiny = destinyOn(level);
    if (destiny === 'nothing') return undefined;
    const scope = scopes.current();
    if (destiny === 'event' && scope.origin?.told !== undefined) {
      const error = errorIn(fields, errorKey);
      scope.origin.told(levelOnScale(level, levelNames), error && { error, project });
    }
    const id = scope.origin?.id;
    // What is asked for an event can log by itself: a hook, a getter.
    if (destiny === 'breadcrumb' || describing) return id === undefined ? undefined : { id };
    describing = true;
    try {
      onEvent(logger, scope);
      const field = { ...(id !== undefined && { id }), ...describe(scope, source) };
      return Object.keys(field).length > 0 ? field : undefined;
    } finally {
      describing = false;
    }
  };
}

/**
 * All that a scope says, as plain JSON: scrubbed, since the line goes to the other targets too, and
 * bounded. Never throws.
 */
function describe(
  scope: Scope,
  { maker, maxBreadcrumbs, ...rules }: Pick<ScopeSource, 'maker' | 'maxBreadcrumbs'> & DataRules,
): ScopeField {
  const { scrub } = rules;
  const contexts = scope.contexts(rules);
  const user = userOf(contexts, scrub);
  const tags = tagsOf(contexts, scrub);
  const metadata = metadataOf(contexts, scrub);
  const fingerprint = fingerprintOf(contexts, scrub);
  const level = levelOf(contexts);
  const trail = mergeTrails(scope.trail(maker, maxBreadcrumbs), contexts, scrub);
  const breadcrumbs = lastOf(trail, maxBreadcrumbs);
  return {
    ...(user && { user }),
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(fingerprint && { fingerprint }),
    ...(level && { level }),
    ...(breadcrumbs.length > 0 && { breadcrumbs }),
  };
}
