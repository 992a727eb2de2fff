import { lastOf } from '../../event/make/breadcrumbs.ts';
import {
  fingerprintOf,
  levelOf,
  mergeTrails,
  metadataOf,
  tagsOf,
  userOf,
} from '../../event/make/contexts.ts';
import type { ScopeField } from '../../event/make/scope-field.ts';
import type { Scope } from '../scope.ts';
import type { CrumbMaker } from '../steps.ts';
import type { DataRules } from '../requests/data.ts';

/** By what options a scope is told of. */
export interface ScopeRules extends DataRules {
  readonly maker: CrumbMaker;
  readonly maxBreadcrumbs: number;
}

/** All that a scope says, as plain JSON: scrubbed, and bounded. Never throws. */
export function describe(
  scope: Scope,
  { maker, maxBreadcrumbs, ...rules }: ScopeRules,
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
