import { lastOf } from '../../event/make/breadcrumbs.ts';
import {
  all,
  fingerprintOf,
  levelOf,
  mergeTrails,
  metadataOf,
  tagsOf,
  userOf,
} from '../../event/make/contexts.ts';
import { CRUMB, type NoteWriter } from '../../notes/writer.ts';
import type { Breadcrumb } from '../../event/event.ts';
import type { ScopeField } from '../../event/make/scope-field.ts';
import type { Context } from '../../event/record.ts';
import type { Scrubber } from '../../event/scrub/scrubber.ts';
import type { LineNote } from '../../notes/line-note.ts';
import type { Scope } from '../scope.ts';
import type { CrumbMaker, Made } from '../steps.ts';
import type { DataRules } from '../requests/data.ts';

/** The options that decide what is told of a scope. */
export interface ScopeRules extends DataRules {
  readonly maker: CrumbMaker;
  readonly maxBreadcrumbs: number;
}

/** What is told of a scope. Of its breadcrumbs it has only the places. */
export type Told = Pick<LineNote, 'scope' | 'crumbs'>;

const NOTHING: Told = {};

/**
 * All that a scope says, as plain JSON, scrubbed and bounded. With a writer, the breadcrumbs are
 * noted and only their places are told. Never throws.
 */
export function describe(
  scope: Scope,
  { maker, maxBreadcrumbs, ...rules }: ScopeRules,
  writer?: NoteWriter,
): Told {
  const { scrub } = rules;
  const id = scope.origin?.id;
  const contexts = scope.contexts(rules);
  const steps = scope.steps(maker, maxBreadcrumbs);
  if (id === undefined && contexts.length === 0 && steps.length === 0) return NOTHING;
  const user = userOf(contexts, scrub);
  const tags = tagsOf(contexts, scrub);
  const metadata = metadataOf(contexts, scrub);
  const fingerprint = fingerprintOf(contexts, scrub);
  const level = levelOf(contexts);
  const isAlone = all(contexts, 'breadcrumbs').length === 0;
  const crumbs = isAlone && writer !== undefined ? placesOf(steps, writer) : undefined;
  const breadcrumbs = crumbs ? [] : trailOf(steps, contexts, scrub, maxBreadcrumbs);
  // Spreading a value that may be undefined takes Node 20 5 µs.
  const field: Writable<ScopeField> = {};
  if (id !== undefined) field.id = id;
  if (user !== undefined) field.user = user;
  if (Object.keys(tags).length > 0) field.tags = tags;
  if (Object.keys(metadata).length > 0) field.metadata = metadata;
  if (fingerprint !== undefined) field.fingerprint = fingerprint;
  if (level !== undefined) field.level = level;
  if (breadcrumbs.length > 0) field.breadcrumbs = breadcrumbs;
  const told: Writable<Told> = {};
  if (Object.keys(field).length > 0) told.scope = field;
  if (crumbs !== undefined && crumbs.length > 0) told.crumbs = crumbs;
  return told;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function trailOf(
  steps: readonly Made[],
  contexts: readonly Context[],
  scrub: Scrubber,
  max: number,
): Breadcrumb[] {
  const trail = steps.map(({ crumb }) => crumb);
  return lastOf(mergeTrails(trail, contexts, scrub), max);
}

/**
 * The places of the steps' breadcrumbs. Each is written again only after the memory has lost it.
 */
function placesOf(steps: readonly Made[], writer: NoteWriter): number[] | undefined {
  const places: number[] = [];
  for (const step of steps) {
    let { place } = step;
    if (place === undefined || !writer.keeps(place)) {
      place = writer.note(CRUMB, JSON.stringify(step.crumb));
      step.place = place;
    }
    if (place === undefined) return undefined;
    places.push(place);
  }
  return places;
}
