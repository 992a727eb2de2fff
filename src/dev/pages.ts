import { firstLine, type Grouping } from './grouping.ts';
import { isContainer, isObject, type JsonObject } from './json.ts';
import { isBlank, isBlankValue } from './ruby.ts';
import type { SanitizedEvent } from './sanitize.ts';
import { show, type Note } from './silent.ts';

/**
 * What ErrSight's pages do wrong with a stored event: which values make a page answer 500, and
 * which parts appear on no page.
 */
export function checkPages(event: SanitizedEvent, note: Note): void {
  const frames = event.metadata['exception_frames'];
  checkFrames(frames, note);
  checkCauses(event.metadata['exception_causes'], note);
  checkRequestId(event.metadata['request_id'], note);
  for (const [index, crumb] of event.breadcrumbs.entries()) {
    if (crumb.category === 'db') checkQuery(crumb.data, `breadcrumbs[${index}].data`, note);
  }
  if (!hasUsableFrame(frames)) checkBacktrace(event.backtrace, note);
}

/**
 * Whether message grouping fails. Digits are folded in the message, but not in the first line of
 * the backtrace. That line repeats the message if a client sends V8's `stack` as it is.
 */
export function checkGrouping(event: SanitizedEvent, grouping: Grouping, note: Note): void {
  if (grouping !== 'message') return;
  const line = event.message.split('\n', 1)[0] ?? '';
  const first = firstLine(event.backtrace);
  if (/\d/.test(line) && (first === line || first.endsWith(`: ${line}`))) {
    note('grouping', 'backtrace', `its first line repeats the message, so each number is an issue`);
  }
}

function checkFrames(frames: unknown, note: Note): void {
  const path = 'metadata.exception_frames';
  if (frames === undefined || frames === null) return;
  if (!Array.isArray(frames)) {
    note('page_hides', path, `${show(frames)} is not an array`);
    return;
  }
  for (const [index, frame] of frames.entries()) {
    if (isObject(frame)) checkFrame(frame, `${path}[${index}]`, note);
    else note('page_hides', `${path}[${index}]`, `${show(frame)} is not an object`);
  }
}

function checkFrame(frame: JsonObject, path: string, note: Note): void {
  const { filename, lineno, in_app: inApp, context_line: line } = frame;
  if (filename === undefined || filename === null) {
    note('page_hides', `${path}.filename`, 'missing: the frame is not shown');
  } else if (isBlankValue(filename)) {
    note('page_hides', `${path}.filename`, 'blank: the frame is not shown');
  } else if (typeof filename !== 'string') {
    note('page_breaks', `${path}.filename`, `${show(filename)} is not a string`);
  }
  checkLineNumber(lineno, `${path}.lineno`, note);
  if (typeof line === 'string' && !isBlank(line) && !(Number(lineno) > 0)) {
    note('page_hides', `${path}.context_line`, 'no line number above 0: the source is not shown');
  }
  if (inApp !== undefined && inApp !== null && typeof inApp !== 'boolean') {
    note('page_hides', `${path}.in_app`, `${show(inApp)} counts as true`);
  }
  for (const key of ['pre_context', 'post_context']) {
    const lines = frame[key];
    if (lines !== undefined && lines !== null && !Array.isArray(lines)) {
      note('page_hides', `${path}.${key}`, `${show(lines)} is not an array of lines`);
    }
  }
}

function checkLineNumber(lineno: unknown, path: string, note: Note): void {
  if (lineno === undefined || lineno === null) return;
  if (typeof lineno === 'boolean' || isContainer(lineno)) {
    note('page_breaks', path, `${show(lineno)} is not a number`);
  } else if (typeof lineno === 'string' && !/^\d+$/.test(lineno)) {
    note('page_hides', path, `${show(lineno)} is not a number`);
  }
}

function checkCauses(causes: unknown, note: Note): void {
  const path = 'metadata.exception_causes';
  if (causes === undefined || causes === null) return;
  if (!Array.isArray(causes)) {
    note('page_hides', path, `${show(causes)} is not an array`);
    return;
  }
  for (const [index, cause] of causes.entries()) {
    if (isObject(cause)) continue;
    // In Ruby a string returns nothing for ["class"]. Anything else that is no object raises.
    const rule = typeof cause === 'string' ? 'page_hides' : 'page_breaks';
    note(rule, `${path}[${index}]`, `${show(cause)} is not an object`);
  }
}

function checkRequestId(id: unknown, note: Note): void {
  if (id === undefined || id === null || id === false || typeof id === 'string') return;
  note('page_breaks', 'metadata.request_id', `${show(id)} is not a string: the logs page fails`);
}

function checkQuery(data: JsonObject, path: string, note: Note): void {
  const { sql, duration_ms: duration } = data;
  if (sql === undefined || sql === null) return;
  if (typeof sql !== 'string') {
    note('page_breaks', `${path}.sql`, `${show(sql)} is not a string`);
  }
  if (typeof duration === 'boolean' || isContainer(duration)) {
    note('page_breaks', `${path}.duration_ms`, `${show(duration)} is not a number`);
  }
}

/** Whether a list of frames has one that the event page shows. */
function hasUsableFrame(frames: unknown): boolean {
  return Array.isArray(frames) && frames.some((frame) => isObject(frame) && isNamed(frame));
}

function isNamed({ filename }: JsonObject): boolean {
  return typeof filename === 'string' && !isBlank(filename);
}

/** Without frames the backtrace is read as Ruby writes it: `app/a.rb:1:in 'f'`. */
function checkBacktrace(backtrace: string, note: Note): void {
  const line = backtrace.split('\n').find(looksLikeV8);
  if (line !== undefined) {
    note('page_hides', 'backtrace', `${show(line.trim())} has no exception_frames beside it`);
  }
}

/** `    at f (file:///a.js:1:2)`, or a location with a column behind the line. */
function looksLikeV8(line: string): boolean {
  return /^\s*at\s+\S/.test(line) || /:\d+:\d+\)?\s*$/.test(line);
}
