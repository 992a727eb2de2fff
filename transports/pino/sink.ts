import { readLongLine } from './long-line.ts';
import { Trail, parseLine, trailIdOf } from './trail.ts';
import { DEFAULT_SHAPE, peekLevel, pinoRecord, type PinoShape } from './records.ts';
import type { EndTime } from '../../src/end-time.ts';
import { sendAtOnce } from '../../src/exit/at-once.ts';
import { LastWords } from './last-words.ts';
import { LateErrors } from './late.ts';
import { isAsGrave, SaidStacks } from './said.ts';
import { levelOf } from '../../src/event/make/contexts.ts';
import type { About } from '../../src/pipeline/recent.ts';
import type { Piece } from './line-splitter.ts';
import type { LineSink } from './lines.ts';
import { lastOf } from '../../src/event/make/breadcrumbs.ts';
import { isArray, isObject } from '../../src/lib/safe-read.ts';
import { requestOf } from '../../src/event/make/request.ts';
import {
  failedRequest,
  placeholderStatus,
  refusedStatus,
  routeLike,
  type FailedRequest,
} from '../../src/event/make/failed-request.ts';
import { createLru, type Lru } from '../../src/lib/lru.ts';
import { projectNumber } from '../../src/lib/project-number.ts';
import type { LineNote } from '../../src/notes/line-note.ts';
import { NoteReader, type FoundNote } from '../../src/notes/reader.ts';
import { projectOf } from '../../src/options/project.ts';
import { severity } from '../../src/event/level.ts';
import type { LogRecord } from '../../src/event/record.ts';
import type { ScopeField } from '../../src/event/make/scope-field.ts';
import type { Breadcrumb } from '../../src/event/event.ts';
import type { Destiny, Level } from '../../src/event/level.ts';
import type { Pipeline } from '../../src/pipeline.ts';
import type { Stats } from '../../src/stats.ts';

/** A line with more characters is not parsed as a whole. JSON of 1 MiB takes about 15 ms. */
const LONG_LINE = 1_048_576;

/** What is known about a line before it is parsed. */
interface Glance {
  /** The line up to its first comma. */
  readonly beginning: string;
  readonly level: Level | undefined;
  readonly destiny: Destiny;
}

/** What is known about a line besides its fields. */
interface Known {
  readonly level: Level | undefined;
  /** The message to use if the line's own was cut off. */
  readonly told?: string;
  readonly piece?: Piece | undefined;
}

/**
 * The most characters of a beginning that is remembered, such as `{"level":30,`. Each level has
 * one.
 */
const BEGINNING = 40;
/** How many beginnings are remembered. No logger has so many levels. */
const GLANCES = 64;

/** How many requests are remembered. A process hardly serves more at a time. */
const FAILING = { maxEntries: 1_000 };
/** The most characters of a request's id. */
const REQUEST_ID = 200;

/** Who waits until a fatal line has arrived; see `LastWords`. */
export type Waits = 'nobody' | 'stream' | 'thread';

/** Turns pino's lines into events and breadcrumbs. */
export class PinoSink implements LineSink {
  readonly #pipeline: Pipeline;
  readonly #trail: Trail;
  readonly #patience: number;
  /** Waits as long as the end of the process may be held up; see `EndTime.share`. */
  readonly #share: EndTime['share'];
  readonly #notes: NoteReader;
  readonly #late: LateErrors;
  readonly #waits: Waits;
  readonly #lastWords: LastWords | undefined;
  /** The requests with an error, or with a line at `error`. */
  readonly #failing: Lru<boolean> = createLru(FAILING);
  readonly #stacks = new SaidStacks();
  /** The number of its project in notes. */
  readonly #project: number;
  readonly #readRecord: typeof pinoRecord;
  readonly #glances = new Map<string, Glance>();
  /** The last one that was found, since most lines begin like the line before. */
  #last: Glance | undefined;
  #shape: PinoShape;
  #closed: Promise<boolean> | undefined;

  /**
   * Flushing and closing take `shutdownTimeout` at most, and no more than `limit` ms. `readRecord` makes the
   * record of a line that becomes an event; default: pino's. `waits`: see `Waits`. `end`: for a thread of
   * pino's, which holds up the end of the process.
   */
  constructor(
    pipeline: Pipeline,
    nestedKey: string | undefined,
    limit: number,
    notes: NoteReader = new NoteReader(),
    readRecord: typeof pinoRecord = pinoRecord,
    waits: Waits = 'nobody',
    end?: EndTime,
  ) {
    this.#pipeline = pipeline;
    this.#waits = waits;
    this.#share = (ms, wait) => end?.share(ms, wait) ?? wait(ms);
    this.#patience = Math.min(pipeline.config.shutdownTimeout, limit);
    const flush = (ms: number): Promise<boolean> =>
      this.#share(Math.min(ms, this.#patience), (left) => pipeline.flush(left));
    this.#lastWords = waits === 'nobody' ? undefined : new LastWords(flush);
    this.#readRecord = readRecord;
    this.#notes = notes;
    const project = projectOf(pipeline.config);
    this.#project = projectNumber(project);
    notes.join(severity(pipeline.config.minLevel), project);
    this.#late = new LateErrors(pipeline, notes, this.#project);
    this.#trail = new Trail((input) => pipeline.breadcrumb(input), notes);
    this.#shape = { ...DEFAULT_SHAPE, nestedKey };
  }

  /** Sets how this logger writes its lines, when pino has told it. */
  configure(shape: Partial<PinoShape>): void {
    this.#shape = { ...this.#shape, ...shape };
    this.#glances.clear();
    this.#last = undefined;
  }

  line(line: string, piece?: Piece): void {
    const last = this.#last;
    const isLikeLast = last !== undefined && line.startsWith(last.beginning);
    const { level, destiny } = isLikeLast ? last : this.#look(line);
    if (destiny === 'event') this.#read(line, level, piece);
    else if (destiny === 'breadcrumb') this.#trail.push(line, level, piece);
  }

  longLine(beginning: string, length: number): void {
    const level = peekLevel(beginning, this.#shape);
    if (level !== undefined && this.#pipeline.destinyOf(level) !== 'event') return;
    const fields = readLongLine(beginning);
    const told = `A log line of ${length} characters, too long to read`;
    if (fields === undefined) this.#unreadable(level, told);
    else this.#report({ ...fields, log_line_characters: length }, beginning, { level, told });
  }

  /** See `LateErrors`. */
  catchUp(): void {
    this.#late.catchUp();
  }

  flush(): Promise<boolean> {
    return this.#pipeline.flush(this.#patience);
  }

  get isAwaited(): boolean {
    return this.#waits === 'stream' && !this.#notes.isWatched;
  }

  get #words(): LastWords | undefined {
    return this.#notes.isWatched ? undefined : this.#lastWords;
  }

  /** See `LastWords`. */
  arrived(): Promise<void> | undefined {
    return this.#words?.arrived();
  }

  /** pino waits until a fatal line is read, and writes none behind it meanwhile. */
  endsInHaste(text: string): boolean {
    if (this.#words === undefined) return false;
    const last = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
    return peekLevel(last, this.#shape) === 'fatal';
  }

  close(): Promise<boolean> {
    this.#closed ??= this.#share(this.#patience, (ms) => this.#pipeline.close(ms));
    return this.#closed;
  }

  stats(): Stats {
    return this.#pipeline.stats();
  }

  /**
   * Finds out a line's level from its beginning. If that does not tell it the line has to be
   * parsed.
   */
  #look(line: string): Glance {
    const beginning = line.slice(0, line.indexOf(',') + 1);
    const known = this.#glances.get(beginning);
    if (known !== undefined) {
      this.#last = known;
      return known;
    }
    const level = peekLevel(line, this.#shape);
    const destiny = level === undefined ? 'event' : this.#pipeline.destinyOf(level);
    const glance: Glance = { beginning, level, destiny };
    // Only if the beginning itself contains the level, since a label may have a comma in it.
    if (beginning.length <= BEGINNING && peekLevel(beginning, this.#shape) !== undefined) {
      if (this.#glances.size >= GLANCES) this.#glances.clear();
      this.#glances.set(beginning, glance);
    }
    return glance;
  }

  #read(line: string, peeked: Level | undefined, piece: Piece | undefined): void {
    const fields = line.length > LONG_LINE ? readLongLine(line) : parseLine(line);
    if (fields === undefined) this.#unreadable(peeked, 'A log line that is not JSON');
    else this.#report(fields, line, { level: peeked, piece });
  }

  #report(fields: Record<string, unknown>, line: string, { level, told = '', piece }: Known): void {
    let found: FoundNote | undefined = this.#notes.takeOf(line);
    this.#heed(found);
    const known = found?.note.level ?? level;
    const readRecord = this.#readRecord;
    const { record, context, scope } = readRecord(fields, this.#shape, known, Date.now(), (id) => {
      // The line of pino 7 to 9 names its note.
      if (found === undefined && id?.note !== undefined) found = this.#notes.take(id.note);
      return found?.note;
    });
    // If the level was not at the line's beginning, it is only known now.
    const destiny = this.#pipeline.destinyOf(record.level);
    if (destiny === 'breadcrumb') this.#trail.push(line, undefined, piece);
    if (destiny !== 'event') return;
    const isTold = found !== undefined && this.#isTold(found.note);
    if (isTold && found?.note.more === undefined) {
      this.#pipeline.repeat();
      return;
    }
    const request = trailIdOf(record.fields);
    const failed = this.#failedIn(record, found?.note.failed);
    if (failed === null) {
      this.#pipeline.repeat();
      return;
    }
    const lines = this.#trail.of(request, this.#shape, scope?.id, found?.marks);
    const { thrown, ...rest } = record;
    const message = rest.message === '' && thrown === undefined ? told : rest.message;
    const said = failed
      ? { ...rest, message: failed.message }
      : { ...rest, message, ...(thrown && { thrown }) };
    const grouping = failed && { fingerprint: failed.fingerprint };
    // The line's own context wins over the scope in which it was logged.
    const contexts = [grouping, scope, context].filter((each) => each !== undefined);
    const about: About = [said, contexts, this.#besides(lines, scope)];
    const isSaid = this.#isSaid(about, found?.note);
    if (isTold || isSaid) this.#pipeline.repeat();
    else this.#capture(about, found?.note, scope?.id ?? request);
    if (isTold || record.level !== 'fatal') return;
    this.#words?.add();
    if (this.#waits !== 'thread') return;
    this.#words?.block((ms) => {
      this.#share(Math.min(ms, this.#patience), (left) => {
        sendAtOnce(this.#pipeline, left);
        const { queued, inFlight } = this.#pipeline.stats();
        return queued + inFlight === 0;
      });
    });
  }

  /** Adds the line to the event of an earlier line with this error; see `LateErrors.says`. */
  #isSaid(about: About, note: LineNote | undefined): boolean {
    const { error, more } = note ?? {};
    if (typeof error !== 'number' || more === undefined) return false;
    return this.#late.says(error, more === 'around', about);
  }

  #capture(about: About, note: LineNote | undefined, request: string | undefined): void {
    const [record, contexts, trail] = about;
    const number = typeof note?.error === 'number' ? note.error : undefined;
    const level = levelOf(contexts) ?? record.level;
    const said = this.#stacks.of(record, request, number);
    const before = said && request !== undefined ? this.#stacks.before(said, request) : undefined;
    if (before !== undefined) {
      const isCompleted =
        before.event !== undefined && this.#pipeline.amend(before.event.id, record, contexts);
      const isKnown = isAsGrave(before, level);
      if (isCompleted && !isKnown && before.event) before.event = { ...before.event, level };
      if (isCompleted || isKnown) {
        this.#pipeline.repeat();
        return;
      }
    }
    // A request may fail later with a value that has no identity.
    const isText = note?.thrown === undefined || isObject(note.failed);
    if (number !== undefined && !isObject(record.thrown?.value) && isText) {
      this.#late.speak(number, record, contexts, trail);
      return;
    }
    const id = this.#pipeline.capture(record, contexts, trail);
    const event = id === undefined ? undefined : { id, level };
    if (said && request !== undefined) this.#stacks.add({ ...said, event }, request);
    if (event !== undefined && number !== undefined) this.#late.captured(number, event);
  }

  /**
   * The failed request, which replaces an error that pino-http has invented, or its text for all requests.
   * Null if an earlier line has told of the failure.
   */
  #failedIn(
    { thrown, fields, level, message }: LogRecord,
    noted: FailedRequest | undefined,
  ): FailedRequest | null | undefined {
    const known = trailIdOf(fields);
    const id = known !== undefined && known.length <= REQUEST_ID ? known : undefined;
    const status = thrown ? placeholderStatus(thrown.value) : refusedStatus(fields, () => message);
    if (status === undefined) {
      const tells = thrown !== undefined || severity(level) >= severity('error');
      if (id !== undefined && tells) this.#failing.set(id, true);
      return undefined;
    }
    if (id !== undefined && this.#failing.get(id) === true) return null;
    if (isObject(noted)) return noted;
    const { method, path } = requestOf(fields, '');
    if (method === undefined || path === undefined) return undefined;
    return failedRequest(`${method} ${routeLike(path)}`, status);
  }

  /** Whether the note says that its error is an event of this project already. */
  #isTold(note: LineNote): boolean {
    const isTold = isArray(note.told) && note.told.includes(this.#project);
    return isTold || this.#notes.isRetracted(note, this.#project);
  }

  /** Takes over the keys in a note for later lines, since pino's own message may be missing. */
  #heed(found: FoundNote | undefined): void {
    const keys = found?.note.keys;
    if (!isObject(keys)) return;
    const { messageKey, errorKey } = keys;
    if (typeof messageKey !== 'string' || typeof errorKey !== 'string') return;
    if (messageKey === this.#shape.messageKey && errorKey === this.#shape.errorKey) return;
    this.configure({ messageKey, errorKey });
  }

  /** The newest lines. They leave half of the room to the breadcrumbs of the scope. */
  #besides(lines: Breadcrumb[], scope: ScopeField | undefined): Breadcrumb[] {
    const { maxBreadcrumbs } = this.#pipeline.config;
    const crumbs = isArray(scope?.breadcrumbs) ? scope.breadcrumbs.length : 0;
    const room = Math.max(Math.floor(maxBreadcrumbs / 2), maxBreadcrumbs - crumbs);
    return lastOf(lines, room);
  }

  /** Reports a line that can't be parsed, if its level is known. It may be the important one. */
  #unreadable(level: Level | undefined, message: string): void {
    if (level === undefined || this.#pipeline.destinyOf(level) !== 'event') return;
    this.#pipeline.capture({ time: Date.now(), level, message, fields: {} });
  }
}
