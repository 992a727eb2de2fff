import { destinyOf, levelOnScale, LEVELS, type Destiny } from '../../event/level.ts';
import type { PendingMarks } from '../../notes/pending.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import {
  hasTraits,
  hookOf,
  levelNamesOf,
  outputOf,
  placeOf,
  tellsOfLines,
  traitsOf,
  type Traits,
} from './instance.ts';
import type { Marks } from './marks.ts';
import { comersCount } from '../../presence.ts';
import { readAt } from '../../lib/safe-read.ts';
import { isRead, isReadByNobody } from './readers.ts';
import type { LineRules, LoggerRules } from './rules.ts';

/** After so many lines it checks again whether a worker has started. */
const LOOKS = 1_000;

/** What holds for the lines of a logger. */
export interface Seen {
  /** The logger that was seen last. Its children usually have the same hooks, stream and levels. */
  instance: object;
  readonly traits: Traits;
  /** The lowest level that becomes an event, as far as the workers had said it by then. */
  readonly lowest: number | undefined;
  readonly rules: LineRules | undefined;
  /** The place that its lines go to, if it is known. */
  readonly place: number | undefined;
  /** Whether its lines go to several places on this thread, and perhaps not all of them. */
  readonly hasStreams: boolean;
  readonly marks: PendingMarks;
  /** The `comersCount` at that time. */
  readonly comers: number;
  /**
   * Whether its lines can wait for their marks until there is an event. They can if it is known
   * which lines become events, or if nobody reads the marks. A worker that is still starting has
   * not said which lines it takes.
   */
  readonly canWait: boolean;
  /** Whether a hook changes its lines, or is ours and reports them already. */
  readonly isRewritten: boolean;
  /** Whether its lines say when they were made. Undefined before its first line. */
  saysTime: boolean | undefined;
  /** Whether its pino publishes lines on a tracing channel. If not, the lines have ids. */
  readonly tells: boolean;
  readonly destinies: Map<number, Destiny>;
  /** The level that was asked for last. */
  number: number;
  destiny: Destiny;
}

/** Knows what holds for the lines of each logger. */
export class SeenLoggers {
  readonly #writer: NoteWriter;
  readonly #rules: LoggerRules;
  readonly #marks: Marks;
  #last: Seen | undefined;
  #looks = 0;

  constructor(writer: NoteWriter, rules: LoggerRules, marks: Marks) {
    this.#writer = writer;
    this.#rules = rules;
    this.#marks = marks;
  }

  /** To be called when the rules have changed. */
  forget(): void {
    this.#last = undefined;
  }

  /** What holds for a logger. Most lines come from the same logger as the line before. */
  of(instance: object): Seen {
    const { lowest } = this.#writer;
    const known = this.#last;
    const comers = comersCount();
    if (known?.canWait === false && (this.#looks += 1) % LOOKS === 0) this.#last = undefined;
    else if (known !== undefined && known.lowest === lowest && known.comers === comers) {
      if (known.instance === instance) return known;
      if (hasTraits(instance, known.traits)) {
        known.instance = instance;
        return known;
      }
    }
    const rules = this.#rules.of(instance);
    // Its stream is then that of another target, which reads no notes.
    const place = rules?.isTakenHere === true ? undefined : placeOf(instance);
    const isKnown = rules?.isOurs === true || (lowest !== undefined && isRead(place));
    const canWait = isKnown || isReadByNobody();
    // The marks that have waited go to the worker that has come.
    if (!canWait) this.#marks.flush(place);
    const seen: Seen = {
      instance,
      traits: traitsOf(instance),
      lowest,
      rules,
      comers,
      canWait,
      isRewritten: hookOf(instance, 'streamWrite') !== undefined,
      saysTime: undefined,
      place,
      hasStreams: readAt(outputOf(instance), 'streams') !== undefined,
      marks: this.#marks.of(place),
      tells: tellsOfLines(instance),
      destinies: new Map(),
      number: NaN,
      destiny: 'nothing',
    };
    this.#last = seen;
    return seen;
  }

  /** What a line of this level becomes. */
  destinyOf(seen: Seen, number: number): Destiny {
    if (number === seen.number) return seen.destiny;
    const { instance, rules, lowest, destinies } = seen;
    let destiny = destinies.get(number) ?? 'nothing';
    if (rules !== undefined && !destinies.has(number)) {
      const { minLevel, breadcrumbLevel, isOurs } = rules;
      const said = isOurs || lowest === undefined ? undefined : LEVELS[lowest];
      const level = levelOnScale(number, levelNamesOf(instance));
      destiny = destinyOf(level, { minLevel: said ?? minLevel, breadcrumbLevel });
    }
    destinies.set(number, destiny);
    seen.number = number;
    seen.destiny = destiny;
    return destiny;
  }
}
