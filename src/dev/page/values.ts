// Reads the values of an event. None of them is sure to have the right type.

export type Bag = Readonly<Record<string, unknown>>;

export function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return JSON.stringify(value) ?? '';
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export interface Frame {
  readonly index: number;
  readonly file: string;
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly isOwn: boolean;
  readonly before: readonly string[];
  readonly code: string;
  readonly after: readonly string[];
}

/** The frames that the real pages show, newest first. */
export function framesOf(metadata: Bag): readonly Frame[] {
  return list(metadata['exception_frames']).flatMap((frame, index) => {
    if (!isBag(frame) || typeof frame['filename'] !== 'string' || frame['filename'].trim() === '') {
      return [];
    }
    const { filename, in_app: inApp } = frame;
    return [
      {
        index,
        file: filename,
        name: text(frame['function']),
        line: Number(frame['lineno']) || 0,
        column: Number(frame['colno']) || 0,
        isOwn: inApp !== undefined && inApp !== null && inApp !== false,
        before: list(frame['pre_context']).map(text),
        code: text(frame['context_line']),
        after: list(frame['post_context']).map(text),
      },
    ];
  });
}

/** Splits a title like the real list: the text before the first colon and blank is the class. */
export function splitTitle(message: string): { name: string; rest: string } {
  const at = message.indexOf(': ');
  const name = message.slice(0, Math.max(at, 0));
  if (at <= 0 || name.includes('\n')) return { name: '', rest: message };
  return { name, rest: message.slice(at + 2) };
}

/** Metadata with a place of its own on the page. */
const APART = new Set(['exception_class', 'exception_frames', 'exception_causes']);
/** Keys of metadata of the request. */
const REQUEST =
  /^(?:request_id|method|request_method|http_method|full_path|path|url|route|status|headers|query|body|params|referrer|user_agent|ip|remote_ip|duration|request|trace_id|span_id)$/;

/** The metadata of the request, and the rest. */
export function partsOf(metadata: Bag): { readonly request: Bag; readonly other: Bag } {
  const rest = Object.entries(metadata).filter(([key]) => !APART.has(key));
  return {
    request: Object.fromEntries(rest.filter(([key]) => REQUEST.test(key))),
    other: Object.fromEntries(rest.filter(([key]) => !REQUEST.test(key))),
  };
}
