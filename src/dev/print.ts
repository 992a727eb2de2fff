import type { Level } from '../event/level.ts';
import { filteredIn } from './filtered.ts';
import { isObject, type JsonObject } from './json.ts';
import { isBlank } from './ruby.ts';
import type { StoredBreadcrumb } from './sanitize.ts';
import type { SilentLoss } from './silent.ts';
import type { Issue, StoredEvent } from './store.ts';
import { clean, painter, wrap, type Paint } from './terminal.ts';

/** How many of each are shown. The others are counted. */
const MAX_MESSAGE_LINES = 6;
const MAX_CONTEXT_LINES = 5;
const MAX_OTHER_FRAMES = 4;
const MAX_BACKTRACE_LINES = 5;
const MAX_CAUSES = 5;
const MAX_BREADCRUMBS = 8;
const MAX_METADATA = 8;
const MAX_FILTERED = 12;

/** Characters of a line, of a part of a line, and of a value among others. */
const MAX_LINE = 200;
const MAX_PART = 120;
const MAX_VALUE = 60;
/** Where lists of tags and metadata are broken. */
const WIDTH = 96;

/** Keys that are shown in a place of their own above. */
const SHOWN_METADATA: ReadonlySet<string> = new Set([
  'exception_class',
  'exception_frames',
  'exception_causes',
]);
/** Keys that ErrSight's own pages treat specially come first. */
const SPECIAL_METADATA = ['request_id', 'method', 'full_path', 'path', 'url', 'email', 'user_id'];

export interface PrintOptions {
  /** Whether to use colours. Default: false. */
  readonly color?: boolean;
}

/** An event as a developer wants to read it in a terminal: lines, each ended. */
export function printEvent(event: StoredEvent, issue: Issue, options: PrintOptions = {}): string {
  const paint = painter(options.color ?? false);
  const lines = [
    ...heading(event, issue, paint),
    ...location(event, paint),
    ...causes(event.metadata['exception_causes'], paint),
    ...trail(event.breadcrumbs, paint),
    ...labelled('tags', Object.entries(event.tags).map(pair), paint),
    ...labelled('user', user(event), paint),
    ...labelled('metadata', metadata(event.metadata), paint),
    ...labelled('filtered', filtered(event), paint),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/**
 * What errsight has filtered, such as `metadata.password by its name`, so that users can trust and
 * tune it.
 */
function filtered(event: StoredEvent): string[] {
  const found = filteredIn(event);
  const shown = found
    .slice(0, MAX_FILTERED)
    .map(
      ({ path, rule }) =>
        `${clean(path, MAX_PART)} by ${rule === 'name' ? 'its name' : 'its form'}`,
    );
  const rest = found.length - shown.length;
  return rest > 0 ? [...shown, `… ${rest} more`] : shown;
}

/** A silent loss as one ended line. */
export function printLoss(loss: SilentLoss, options: PrintOptions = {}): string {
  const paint = painter(options.color ?? false);
  const text = clean(`${loss.path}: ${loss.detail}`, MAX_LINE);
  return `${paint('warning', `  ! ${loss.rule.replaceAll('_', ' ')}`)} ${text}\n`;
}

function heading(event: StoredEvent, issue: Issue, paint: Paint): string[] {
  const [first = '', ...more] = event.message.trim().split('\n');
  const shown = more.slice(0, MAX_MESSAGE_LINES - 1).map((line) => `  ${clean(line, MAX_LINE)}`);
  const rest = more.length - shown.length;
  const facts = [
    occurrence(event, issue),
    `issue ${event.fingerprint.slice(0, 8)}`,
    clean(event.environment, MAX_VALUE),
    ...(event.release === null ? [] : [`release ${clean(event.release, MAX_VALUE)}`]),
  ];
  const level = paint(event.level, event.level.toUpperCase());
  return [
    `${paint('dim', event.occurred_at.slice(11, 23))} ${level} ${paint('bold', clean(first, MAX_LINE))}`,
    ...shown,
    ...(rest > 0 ? [paint('dim', `  … ${rest} more lines`)] : []),
    `  ${paint('dim', facts.join(' · '))}`,
  ];
}

function occurrence(event: StoredEvent, issue: Issue): string {
  if (event.is_regression) return `back again, occurrence ${issue.occurrences}`;
  return issue.occurrences === 1 ? 'new' : `occurrence ${issue.occurrences}`;
}

/** The needed parts of a frame, in the right types. */
interface ReadFrame {
  readonly place: string;
  readonly isOwn: boolean;
  readonly lineno: number;
  readonly line: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function location(event: StoredEvent, paint: Paint): string[] {
  const frames = readFrames(event.metadata['exception_frames']);
  const top = frames.find((frame) => frame.isOwn) ?? frames[0];
  if (top === undefined) return backtrace(event.backtrace, paint);
  const own = frames.filter((frame) => frame.isOwn && frame !== top);
  const others = own.slice(0, MAX_OTHER_FRAMES);
  const hiddenOwn = own.length - others.length;
  const libraries = frames.filter((frame) => !frame.isOwn && frame !== top).length;
  const hidden = [
    ...(hiddenOwn > 0 ? [`${hiddenOwn} more of yours`] : []),
    ...(libraries > 0 ? [`${libraries} of libraries`] : []),
  ];
  return [
    `  at ${paint('bold', top.place)}`,
    ...snippet(top, paint),
    ...others.map((frame) => `  at ${frame.place}`),
    ...(hidden.length > 0 ? [paint('dim', `  … ${hidden.join(', ')}`)] : []),
  ];
}

function snippet({ lineno, line, before, after }: ReadFrame, paint: Paint): string[] {
  if (isBlank(line) || !(lineno > 0)) return [];
  const first = before.slice(-MAX_CONTEXT_LINES);
  const last = after.slice(0, MAX_CONTEXT_LINES);
  const width = String(lineno + last.length).length;
  const numbered = [...first, line, ...last].map((code, index) => {
    const number = lineno - first.length + index;
    const isFailing = number === lineno;
    const text = clean(code.replaceAll('\t', '  ').trimEnd(), MAX_PART);
    const full = `  ${isFailing ? '>' : ' '} ${String(number).padStart(width)} | ${text}`;
    return paint(isFailing ? 'error' : 'dim', full);
  });
  return numbered;
}

function readFrames(frames: unknown): ReadFrame[] {
  return Array.isArray(frames) ? frames.flatMap(readFrame) : [];
}

function readFrame(frame: unknown): ReadFrame[] {
  if (!isObject(frame) || typeof frame['filename'] !== 'string') return [];
  const { filename, lineno, function: name, in_app: inApp, context_line: line } = frame;
  if (isBlank(filename)) return [];
  const number = Number(lineno ?? 0);
  const inside = typeof name === 'string' && !isBlank(name) ? ` in ${clean(name, MAX_PART)}` : '';
  return [
    {
      place: `${clean(filename, MAX_PART)}${number > 0 ? `:${number}` : ''}${inside}`,
      isOwn: inApp !== undefined && inApp !== null && inApp !== false,
      lineno: number,
      line: typeof line === 'string' ? line : '',
      before: readLines(frame['pre_context']),
      after: readLines(frame['post_context']),
    },
  ];
}

function readLines(lines: unknown): string[] {
  return Array.isArray(lines) ? lines.map(String) : [];
}

function backtrace(text: string, paint: Paint): string[] {
  const lines = text.split('\n').filter((line) => !isBlank(line));
  const rest = lines.length - MAX_BACKTRACE_LINES;
  return [
    ...lines.slice(0, MAX_BACKTRACE_LINES).map((line) => `  ${clean(line.trim(), MAX_LINE)}`),
    ...(rest > 0 ? [paint('dim', `  … ${rest} more lines`)] : []),
  ];
}

function causes(list: unknown, paint: Paint): string[] {
  const found = Array.isArray(list) ? list.filter(isObject) : [];
  const lines = found.slice(0, MAX_CAUSES).map((cause) => {
    const parts = [cause['class'], cause['message']].filter((part) => typeof part === 'string');
    return `  ${paint('dim', 'caused by')} ${clean(parts.join(': '), MAX_LINE)}`;
  });
  const rest = found.length - lines.length;
  return [...lines, ...(rest > 0 ? [paint('dim', `  … ${rest} more causes`)] : [])];
}

function trail(crumbs: readonly StoredBreadcrumb[], paint: Paint): string[] {
  if (crumbs.length === 0) return [];
  const shown = crumbs.slice(-MAX_BREADCRUMBS);
  const earlier = crumbs.length - shown.length;
  const rows = shown.map((crumb) => ({
    time: clean(
      /T(\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(crumb.timestamp ?? '')?.[1] ?? '',
      MAX_VALUE,
    ),
    level: crumb.level,
    category: clean(crumb.category ?? '', MAX_VALUE),
    text: crumbText(crumb),
  }));
  const widths = {
    time: Math.max(...rows.map((row) => row.time.length)),
    level: Math.max(...rows.map((row) => row.level.length)),
    category: Math.max(...rows.map((row) => row.category.length)),
  };
  return [
    `  ${paint('dim', earlier > 0 ? `trail, after ${earlier} earlier` : 'trail')}`,
    ...rows.map((row) => {
      const cells = [
        ...(widths.time > 0 ? [paint('dim', row.time.padEnd(widths.time))] : []),
        paint(crumbStyle(row.level), row.level.padEnd(widths.level)),
        ...(widths.category > 0 ? [row.category.padEnd(widths.category)] : []),
        row.text,
      ];
      return `    ${cells.join('  ')}`;
    }),
  ];
}

/** Shown as on the event page: a query is its SQL, and a status stands at the end. */
function crumbText({ category, message, data }: StoredBreadcrumb): string {
  const { sql, duration_ms: duration, status } = data;
  if (category === 'db' && typeof sql === 'string' && sql !== '') {
    const time = typeof duration === 'number' ? ` (${duration} ms)` : '';
    return `${clean(sql, MAX_PART)}${time}`;
  }
  const end = typeof status === 'number' || typeof status === 'string' ? ` → ${status}` : '';
  return `${clean(message, MAX_PART)}${clean(end, MAX_VALUE)}`;
}

function crumbStyle(level: Level): Level | 'dim' {
  return level === 'info' || level === 'debug' ? 'dim' : level;
}

function user({
  user_context: { id, email, username, ip_address: address },
}: StoredEvent): string[] {
  const known = [id, email, username, address].filter((part) => part !== undefined);
  return known.length === 0 ? [] : [known.map((part) => clean(part, MAX_VALUE)).join(' · ')];
}

function metadata(all: JsonObject): string[] {
  const special = SPECIAL_METADATA.filter((key) => Object.hasOwn(all, key));
  const others = Object.keys(all).filter((key) => !special.includes(key));
  const keys = [...special, ...others].filter((key) => !SHOWN_METADATA.has(key));
  const shown = keys.slice(0, MAX_METADATA).map((key) => pair([key, all[key]]));
  const rest = keys.length - shown.length;
  return rest > 0 ? [...shown, `… ${rest} more`] : shown;
}

function pair([key, value]: readonly [string, unknown]): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return `${clean(key, MAX_VALUE)}=${clean(text, MAX_VALUE)}`;
}

function labelled(label: string, words: readonly string[], paint: Paint): string[] {
  const indent = label.padEnd(8);
  return wrap(words, WIDTH).map(
    (line, index) => `  ${paint('dim', index === 0 ? indent : ' '.repeat(8))} ${line}`,
  );
}
