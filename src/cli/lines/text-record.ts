/** Makes the fields of a line of pino from lines of plain text that belong together. */
import { levelFromName, severity, type Level } from '../../event/level.ts';
import { readInspected } from './inspected.ts';

/** The field that says that nobody has caught the error. */
export const UNCAUGHT = 'errsight:uncaught';

/** A level is looked for in so many characters at the beginning of a line. */
const HEAD = 160;

/** A level as programs write it: in capitals, in brackets, as `level=`, or before a colon. */
const LEVELS = [
  /(?<![\w-])(FATAL|PANIC|EMERGENCY|EMERG|ALERT|CRITICAL|CRIT|SEVERE|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)(?![\w-])/,
  /[[(<](fatal|panic|emerg|alert|critical|crit|severe|error|err|warning|warn|notice|info|debug|trace)[\])>:]/i,
  /\b(?:level|lvl|severity)[=:]\s?"?(fatal|panic|critical|error|err|warning|warn|notice|info|debug|trace)\b/i,
  /^(?:\S{1,40}: )?(fatal|panic|critical|error|warning|warn)(?: error)?: /i,
];

/** The class and the message of what was thrown. */
const THROWN =
  /(?:^|[\s:([])(?:Uncaught )?((?:[\w$]{1,60}[.\\]){0,12}(?:[A-Z_$][\w$]{0,80})?(?:Error|Exception|Fault|Interrupt|Exit|Warning|Iteration))(?: \[[\w-]{1,80}\])?(?::(?: (.*)|$)|\s*$)/;

/** Ruby's line of an error, with the class at its end. */
const RUBY = /^\S{1,400}:\d+:in .{1,200}?: (.*) \(([\w:]{1,200})\)$/;

/** A frame of a stack of V8 and Java, Python, Ruby, PHP or .NET. */
export const FRAME: RegExp = /^\s+(?:at \S|File "|from \S|in \S+ )|^#\d+ \S|^\t\S+:\d+/;

/** A line that belongs to the text before it although it is not indented. */
export const MORE: RegExp =
  /^(?:Caused by: |During handling of |The above exception |goroutine \d|Emitted 'error' event |created by |\[signal |exit status |Stack trace:|#\d+ |\.\.\. \d+ more|\}$|[\w.$*()/-]{1,200}\(.{0,400}\)$)/;

/** A class of Java or Kotlin with its package, which stands below the line of a logger. */
export const JAVA: RegExp = /^(?:[a-z_]\w{0,60}\.){1,12}[A-Z][\w$]{0,80}(?:Error|Exception)(?::|$)/;

/** A frame of V8, which has a line and a column. Other frames are kept as a text. */
const V8: RegExp = /^\s+at .*:\d+:\d+\)?(?: \{|,)?$/;

export const PYTHON: RegExp = /^Traceback \(most recent call last\):/;
export const GO: RegExp = /^(?:panic|fatal error): /;

/** Whether a line may be the beginning of a message whose frames are yet to come. */
export function beginsError(line: string): boolean {
  return THROWN.test(line);
}

export function levelIn(line: string): Level | undefined {
  const head = line.slice(0, HEAD);
  for (const pattern of LEVELS) {
    const name = pattern.exec(head)?.[1];
    if (name !== undefined) return levelFromName(name);
  }
  return undefined;
}

/** The fields of a line of pino. An error that nobody has caught is a `fatal`. */
export function recordOf(lines: readonly string[], time: number, isUncaught: boolean): object {
  const [first = ''] = lines;
  const fields = errorIn(lines);
  if (isUncaught) {
    const msg = fields === undefined ? lines.join('\n').trimEnd() : undefined;
    return { level: 'fatal', time, msg, ...fields, [UNCAUGHT]: true };
  }
  const said = levelIn(first);
  if (fields === undefined) {
    return { level: said ?? 'info', time, msg: lines.join('\n').trimEnd() };
  }
  if (GO.test(first)) return { level: 'fatal', time, ...fields };
  const level = said !== undefined && severity(said) >= severity('warning') ? said : 'error';
  return { level, time, ...fields };
}

/** The error in a text. If its frames are not V8's, they are kept as a text. */
export function errorIn(lines: readonly string[]): Record<string, unknown> | undefined {
  const [first = ''] = lines;
  const isPython = lines.some((line) => PYTHON.test(line));
  const hasFrames = lines.slice(1).some((line) => FRAME.test(line));
  if (!hasFrames && !isPython && !GO.test(first)) return undefined;
  const text = lines.join('\n').trimEnd();
  const at = headerAt(lines, isPython);
  const header = lines[at] ?? first;
  const [, ruby, className] = RUBY.exec(first) ?? [];
  const [, type = className, message = ruby] = THROWN.exec(header) ?? [];
  const isForeign = isPython || !lines.some((line) => V8.test(line));
  if (type === undefined) {
    return { msg: header, ...(isForeign ? { traceback: text } : { stack: text }) };
  }
  // Some text may stand in front of the class.
  const start = header.indexOf(type);
  const own = [header.slice(start), ...lines.slice(at + 1)];
  const said = type === className || PYTHON.test(first) ? '' : saidBefore(lines, at, start);
  const plain = { type, message: message ?? '' };
  const ofNode = readInspected(own) ?? { ...plain, stack: own.join('\n') };
  return {
    ...(said !== '' && { msg: said }),
    err: isForeign ? plain : ofNode,
    ...(isForeign && { traceback: text }),
  };
}

/** Where the line with the class is. */
function headerAt(lines: readonly string[], isPython: boolean): number {
  const [first = '', second = ''] = lines;
  // Python's error stands below its frames, and Java's below the line of a logger.
  if (isPython) return lines.findLastIndex((line) => /^\S/.test(line) && !MORE.test(line));
  if (JAVA.test(second)) return 1;
  if (THROWN.test(first) || RUBY.test(first)) return 0;
  // In a printed object it stands further down.
  const isHeader = (line: string, at: number): boolean =>
    THROWN.test(line) && FRAME.test(lines[at + 1] ?? '');
  return Math.max(0, lines.findIndex(isHeader));
}

/** The text in front of an error: the line of a logger, or the text before the class. Python's frames follow it. */
function saidBefore(lines: readonly string[], at: number, start: number): string {
  const traceback = lines.findIndex((line) => PYTHON.test(line));
  const above = lines.slice(0, traceback === -1 ? at : traceback);
  const text = [...above, (lines[at] ?? '').slice(0, traceback === -1 ? start : 0)].join('\n');
  const said = text.replace(/^[\s{[]+/, '').replace(/[:\s[]+$/, '');
  return /\w/.test(said) ? said : '';
}

/** The error in a text within JSON; undefined if there is none. */
export function errorInText(text: string): Record<string, unknown> | undefined {
  const found = errorIn(text.split('\n'));
  return found?.['err'] === undefined ? undefined : found;
}
