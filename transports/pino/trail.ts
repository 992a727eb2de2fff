import { ownCopy } from '../../src/lib/text.ts';
import type { Piece } from './line-splitter.ts';
import { requestIdOf } from '../../src/event/make/request.ts';
import { lineIdOf, SCOPE_FIELD } from '../../src/event/make/scope-field.ts';
import { NoteReader } from '../../src/notes/reader.ts';
import { KEPT, MAX_LINE } from '../../src/notes/pending.ts';
import { logStep } from '../../src/event/make/log-step.ts';
import { pinoRecord, type PinoShape } from './records.ts';
import type { Breadcrumb } from '../../src/event/event.ts';
import type { Level } from '../../src/event/level.ts';
import type { BreadcrumbInput } from '../../src/event/record.ts';

/** Lines kept, of all requests together: with 50 on an event, room for a few requests at once. */
const FEW = 200;
/** The same where lines name their scopes, and others need not be parsed: 1,000, five each of 200 requests. */
const MANY = KEPT;
/** Lines for one that is looked at for whether it names one: 1,000 at once cost the collector 3 %. */
const SAMPLE = 16;
/** How a line of pino 7 to 9 names its scope. In the middle of a text its quotes would be escaped. */
const NAMES = `"${SCOPE_FIELD}":"`;

/** Characters of all of them: 3 MB at most. */
const CHARACTERS = 1_600_000;
/**
 * Of a piece no longer than this a line keeps alive the whole, which saves the copy, a third of what a
 * line costs. Mostly its neighbours are kept as well; at worst 1,000 lines keep 32 MB.
 */
const MAX_PIECE = 32_768;

/**
 * A line of the trail: parsed when an event first asks whose it is, and made a breadcrumb of when it
 * is part of one, each only once.
 */
interface Step {
  readonly line: string;
  /** The scope that it was logged in; null for none, '' where that is not known any more. */
  named?: string | null;
  input?: BreadcrumbInput | undefined;
  readonly level: Level | undefined;
  /** When it arrived, for lines that do not say when they were written. */
  readonly at: number;
  crumb?: Breadcrumb | undefined;
  request?: string | undefined;
  scope?: string | undefined;
  parsed: boolean;
}

/** Holds the place of a step, and not its text. */
const GONE: Step = { line: '', level: undefined, at: 0, parsed: true };

/** The lines below `minLevel`: kept as text, since most of them are never needed. */
export class Trail {
  #steps: Step[] = [];
  /** Where the oldest is; those before it are gone. */
  #start = 0;
  #characters = 0;
  #room = FEW;
  readonly #complete: (input: BreadcrumbInput) => Breadcrumb | undefined;
  readonly #notes: NoteReader;

  constructor(
    complete: (input: BreadcrumbInput) => Breadcrumb | undefined,
    notes: NoteReader = new NoteReader(),
  ) {
    this.#complete = complete;
    this.#notes = notes;
  }

  push(line: string, level: Level | undefined, piece: Piece = ofItsOwn()): void {
    if (line.length > MAX_LINE) return;
    const kept = piece.length > MAX_PIECE ? ownCopy(line) : line;
    this.#steps.push({ line: kept, level, at: piece.at, parsed: false });
    this.#characters += line.length;
    while (this.#isFull()) this.#shift();
  }

  #isFull(): boolean {
    if (this.#characters > CHARACTERS) return true;
    if (this.#steps.length - this.#start <= this.#room) return false;
    const isSample = this.#room === FEW && this.#start % SAMPLE === 0;
    const isInScope = this.#notes.isUsed || this.#steps.at(-1)?.line.includes(NAMES) === true;
    if (isSample && isInScope) this.#room = MANY;
    return this.#steps.length - this.#start > this.#room;
  }

  #shift(): void {
    this.#characters -= this.#steps[this.#start]?.line.length ?? 0;
    this.#steps[this.#start] = GONE;
    this.#start += 1;
    // Now and then, since what is left is moved: a step is copied once in its life.
    if (this.#start < MANY) return;
    this.#steps = this.#steps.slice(this.#start);
    this.#start = 0;
  }

  /**
   * What led to an event: the lines of its own request, or, outside of any, those that belong to
   * none. Never another request's. A request is known by the id of its scope, or else by the one that
   * the application gave it. `marks` is how many lines were marked when that of the event was made.
   */
  of(request: string | undefined, shape: PinoShape, scope?: string, marks?: number): Breadcrumb[] {
    const all = this.#steps.slice(this.#start);
    this.#name(all, marks);
    // Lines with that request's id may name a scope or not.
    const isAnyOf = scope === undefined && request !== undefined;
    const steps = all.filter(({ named = null }) => isAnyOf || named === null || named === scope);
    for (const step of steps) if (!step.parsed) parse(step, shape);
    const origin = whole({ request, scope }, steps);
    return steps.filter((step) => isOf(origin, step)).flatMap((step) => this.#crumb(step) ?? []);
  }

  /** Finds whose the steps are, from the newest on: of lines that are the same, older ones are gone. */
  #name(steps: readonly Step[], marks: number | undefined): void {
    this.#notes.read();
    for (const step of steps.toReversed()) {
      if (step.named !== undefined) break;
      const inText = namedIn(step.line);
      if (inText === undefined) {
        const known = this.#notes.scopeOf(step.line, marks);
        step.scope = known === undefined ? '' : (known ?? undefined);
      }
      step.named = inText ?? step.scope ?? null;
    }
  }

  #crumb(step: Step): Breadcrumb | undefined {
    const { input } = step;
    if (input === undefined) return step.crumb;
    step.input = undefined;
    step.crumb = this.#complete(input);
    return step.crumb;
  }
}

function ofItsOwn(): Piece {
  return { at: Date.now(), length: Infinity };
}

function parse(step: Step, shape: PinoShape): void {
  step.parsed = true;
  const fields = parseLine(step.line);
  if (fields === undefined) return;
  const { record, id } = pinoRecord(fields, shape, step.level, step.at);
  step.request = trailIdOf(record.fields);
  step.scope ??= id?.scope;
  step.input = logStep(record);
}

/** Characters of a logger's name that is looked at. */
const NAME = 100;

/**
 * By what the lines of a request are known to belong together, where there is no scope. Two loggers that
 * both count their requests from 1 have different names.
 */
export function trailIdOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const id = requestIdOf(fields);
  const { name } = fields;
  const isNamed = typeof name === 'string' && name.length <= NAME;
  return id === undefined || !isNamed ? id : `${name} ${id}`;
}

/** The last place counts, since our id stands behind the fields of the line. */
function namedIn(line: string): string | undefined {
  const at = line.lastIndexOf(NAMES);
  if (at < 0) return undefined;
  const from = at + NAMES.length;
  return lineIdOf(line.slice(from, line.indexOf('"', from)))?.scope;
}

/** The ids of what a line belongs to. */
interface Origin {
  readonly request?: string | undefined;
  readonly scope?: string | undefined;
}

/**
 * Where a line lacks one of the two, another line of the same request may have both. Not where it is
 * not clear which: an application may give two requests one id, or one request several scopes.
 */
function whole({ request, scope }: Origin, steps: readonly Step[]): Origin {
  if (scope === undefined && request === undefined) return {};
  if (scope !== undefined && request !== undefined) return { request, scope };
  const known = steps.filter((step) =>
    scope === undefined ? step.request === request : step.scope === scope,
  );
  return {
    request: request ?? only(known.map((step) => step.request)),
    scope: scope ?? only(known.map((step) => step.scope)),
  };
}

function only(ids: readonly (string | undefined)[]): string | undefined {
  const different = new Set(ids.filter((id) => id !== undefined));
  return different.size === 1 ? [...different][0] : undefined;
}

/** Two scopes are two requests, also where a client has sent one id twice. */
function isOf(origin: Origin, step: Origin): boolean {
  if (origin.scope !== undefined && step.scope !== undefined) return origin.scope === step.scope;
  if (origin.request !== undefined) return origin.request === step.request;
  return origin.scope === step.scope && step.request === undefined;
}

/** The fields of a line; undefined when it is not a JSON object. */
export function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
