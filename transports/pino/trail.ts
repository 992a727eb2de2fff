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

/**
 * How many lines are kept, of all requests together. An event gets 50, so there is room for a few
 * requests.
 */
const FEW = 200;
/** The same if lines name scopes, since those of other scopes need no parsing: 1,000, five of 200 requests. */
const MANY = KEPT;
/** One line in so many is searched for a scope. To keep 1,000 lines at once costs garbage collection 3 %. */
const SAMPLE = 16;
/** A line of pino 7 to 9 names its scope in this form. Within a text the quotes would be escaped. */
const NAMES = `"${SCOPE_FIELD}":"`;

/** The most characters of all lines: 3 MB. */
const CHARACTERS = 1_600_000;
/**
 * Lines of a piece up to this length are not copied, which is a third of a line's cost. Then a line
 * keeps its whole piece in memory. Mostly its neighbours are kept too. At worst 1,000 lines keep 32
 * MB.
 */
const MAX_PIECE = 32_768;

/**
 * A line of the trail. It is parsed when an event first asks for its request, and becomes a
 * breadcrumb when an event includes it. Both happen only once.
 */
interface Step {
  readonly line: string;
  /** The scope in which it was logged. Null for none, '' if that is not known any more. */
  named?: string | null;
  input?: BreadcrumbInput | undefined;
  readonly level: Level | undefined;
  /** When it arrived, for a line without a time. */
  readonly at: number;
  crumb?: Breadcrumb | undefined;
  request?: string | undefined;
  scope?: string | undefined;
  parsed: boolean;
}

/** Takes the place of a line that was removed. */
const GONE: Step = { line: '', level: undefined, at: 0, parsed: true };

/** The lines below `minLevel`. They are kept as text, since most are never needed. */
export class Trail {
  #steps: Step[] = [];
  /** The index of the oldest line. Those before it are removed. */
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
    if (this.#room === FEW && this.#start % SAMPLE === 0 && this.#isInScope()) this.#room = MANY;
    return this.#steps.length - this.#start > this.#room;
  }

  /** Whether lines are logged in scopes. To find that out costs more than to keep a line. */
  #isInScope(): boolean {
    return this.#notes.isUsed || this.#steps.at(-1)?.line.includes(NAMES) === true;
  }

  #shift(): void {
    this.#characters -= this.#steps[this.#start]?.line.length ?? 0;
    this.#steps[this.#start] = GONE;
    this.#start += 1;
    // The rest is copied, so this is done only now and then. So each line is copied once.
    if (this.#start < MANY) return;
    this.#steps = this.#steps.slice(this.#start);
    this.#start = 0;
  }

  /**
   * The breadcrumbs of an event: the lines of its own request, never of another one. Outside of any
   * request they are the lines that belong to none. A request is identified by the id of its scope,
   * or else by the application's id. `marks` is how many lines were marked when the event's line
   * was made.
   */
  of(request: string | undefined, shape: PinoShape, scope?: string, marks?: number): Breadcrumb[] {
    const all = this.#steps.slice(this.#start);
    this.#name(all, marks);
    // Lines with the id of that request may or may not name a scope.
    const isAnyOf = scope === undefined && request !== undefined;
    const steps = all.filter(({ named = null }) => isAnyOf || named === null || named === scope);
    for (const step of steps) if (!step.parsed) parse(step, shape);
    const origin = whole({ request, scope }, steps);
    return steps.filter((step) => isOf(origin, step)).flatMap((step) => this.#crumb(step) ?? []);
  }

  /**
   * Finds the scopes of lines, the newest first. If lines are equal, the older ones' notes are
   * gone.
   */
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

/** The most characters of a logger's name that is used. */
const NAME = 100;

/**
 * Identifies the lines of a request if there is no scope. The logger's name is part of it, since
 * two loggers may both count their requests from 1.
 */
export function trailIdOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const id = requestIdOf(fields);
  const { name } = fields;
  const isNamed = typeof name === 'string' && name.length <= NAME;
  return id === undefined || !isNamed ? id : `${name} ${id}`;
}

/** Searched from the end, since our id comes after the fields of the line. */
function namedIn(line: string): string | undefined {
  const at = line.lastIndexOf(NAMES);
  if (at < 0) return undefined;
  const from = at + NAMES.length;
  return lineIdOf(line.slice(from, line.indexOf('"', from)))?.scope;
}

/** The ids to which a line belongs. */
interface Origin {
  readonly request?: string | undefined;
  readonly scope?: string | undefined;
}

/**
 * If a line lacks one of the two, another line of the same request may have both. It is only used
 * if it is unique, since an application may give two requests one id, or one request several
 * scopes.
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

/** Two scopes are two requests, even if a client has sent one id twice. */
function isOf(origin: Origin, step: Origin): boolean {
  if (origin.scope !== undefined && step.scope !== undefined) return origin.scope === step.scope;
  if (origin.request !== undefined) return origin.request === step.request;
  return origin.scope === step.scope && step.request === undefined;
}

/**
 * The fields of a line. Undefined if it is no JSON object. A hook of the user may have put a text in
 * front of it.
 */
export function parseLine(line: string): Record<string, unknown> | undefined {
  const at = line.indexOf('{');
  try {
    const value: unknown = JSON.parse(at > 0 ? line.slice(at) : line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
