/** Where ErrSight's ingest rules come from; see the sections' names. */
export type RuleSection =
  /** What becomes of events after the 202. */
  | '§5'
  /** What sanitising does to each field. */
  | '§6'
  /** How events are grouped into issues. */
  | '§7'
  /** What the pages read of frames and causes. */
  | '§8'
  /** Keys that the pages treat specially. */
  | '§9';

/** What the server changes, or which page it breaks, without telling the client. */
export type SilentRule =
  /** The event is not stored. */
  | 'dropped_event'
  /**
   * The event and later ones of its request are not stored. If it is nested too deeply, none of the
   * request is.
   */
  | 'lost_batch'
  /** A field, key or element is not stored. */
  | 'dropped'
  /** A text was cut to its maximum. */
  | 'cut'
  /** Blanks around a text were removed. */
  | 'trimmed'
  /** A value was replaced by another one. */
  | 'replaced'
  /** A value of another type was turned into Ruby's text of it. */
  | 'stringified'
  /** Something that looks like a terminal's colour code was removed. */
  | 'ansi'
  /** The event falls into another issue than it seems to belong to. */
  | 'grouping'
  /** A page of the event answers 500. */
  | 'page_breaks'
  /** A page of the event does not show this, or shows it wrongly. */
  | 'page_hides';

/** One thing that the real server does to an event without saying so. */
export interface SilentLoss {
  readonly rule: SilentRule;
  /** Which element of the request, counted from 0, and where in it: `[0].metadata.request_id`. */
  readonly path: string;
  /** What was sent and what became of it. */
  readonly detail: string;
  /** The section of ErrSight's ingest rules. */
  readonly contract: RuleSection;
}

/** Notes a silent loss. `path` is within the event. */
export type Note = (rule: SilentRule, path: string, detail: string) => void;

/** A value in a note: short, on one line. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
