import { destinyOf, levelOnScale, LEVELS, type Destiny } from '../../event/level.ts';
import type { PendingMarks } from '../../notes/pending.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import {
  hasTraits,
  hookOf,
  levelNamesOf,
  placeOf,
  tellsOfLines,
  traitsOf,
  type Traits,
} from './instance.ts';
import type { Marks } from './marks.ts';
import { comersCount } from '../../presence.ts';
import { isRead, isReadByNobody } from './readers.ts';
import type { LineRules, LoggerRules } from './rules.ts';

/** Lines after which it is looked again whether a worker has started. */
const LOOKS = 1_000;

/** What holds for the lines of a logger. */
export interface Seen {
  /** The logger that was seen last. Its children have the same hooks, stream and levels, as a rule. */
  instance: object;
  readonly traits: Traits;
  /** What the workers had said by then of what they make events of. */
  readonly lowest: number | undefined;
  readonly rules: LineRules | undefined;
  /** Where its lines go, if that is known. */
  readonly place: number | undefined;
  readonly marks: PendingMarks;
  /** See `comersCount`, by then. */
  readonly comers: number;
  /**
   * Whether its lines can be marked when there is an event: it is known which of them are, or nobody is there
   * who reads them. A worker that is starting has not said so yet.
   */
  readonly canWait: boolean;
  /** Whether a hook of the user's changes its lines, or one of ours tells of them. */
  readonly isRewritten: boolean;
  /** Whether its lines say when they were made; undefined as long as there is none. */
  saysTime: boolean | undefined;
  /** Whether it tells of its lines by a tracing channel, or else by ids in them. */
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

  /** The rules have changed. */
  forget(): void {
    this.#last = undefined;
  }

  /** What holds for a logger. Most lines are of the same one as the line before. */
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
    const place = placeOf(instance);
    const rules = this.#rules.of(instance);
    const isKnown = rules?.isOurs === true || (lowest !== undefined && isRead(place));
    const canWait = isKnown || isReadByNobody();
    // What has waited goes to whoever has come.
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
