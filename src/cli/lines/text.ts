import { stripVTControlCharacters } from 'node:util';
import { levelFromName, severity, type Level } from '../../event/level.ts';

/** Lines of a text that are kept together, and characters of a line. */
const MAX_LINES = 200;
const MAX_CHARACTERS = 10_000;

/** Where in a line its level stands: not far from its beginning. */
const HEAD = 160;

/** A level as programs write it: in capitals, in brackets, as `level=`, or before a colon. */
const LEVELS = [
  /(?<![\w-])(FATAL|PANIC|EMERGENCY|EMERG|ALERT|CRITICAL|CRIT|SEVERE|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)(?![\w-])/,
  /[[(<](fatal|panic|emerg|alert|critical|crit|severe|error|err|warning|warn|notice|info|debug|trace)[\])>:]/i,
  /\b(?:level|lvl|severity)[=:]\s?"?(fatal|panic|critical|error|err|warning|warn|notice|info|debug|trace)\b/i,
  /^(?:\S{1,40}: )?(fatal|panic|critical|error|warning|warn)(?: error)?: /i,
];

/** Names that `levelFromName` does not know. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  panic: 'fatal',
  emerg: 'fatal',
  err: 'error',
  severe: 'error',
  crit: 'fatal',
};

/** The class and the message of what was thrown. */
const THROWN =
  /(?:^|[\s:(])(?:Uncaught )?((?:[\w$]{1,60}[.\\]){0,12}(?:[A-Z_$][\w$]{0,80})?(?:Error|Exception|Fault|Interrupt|Exit|Warning|Iteration))(?:: (.*)|\s*$)/;

/** Ruby's line of an error, whose class stands at the end. */
const RUBY = /^\S{1,400}:\d+:in .{1,200}?: (.*) \(([\w:]{1,200})\)$/;

/** What a frame looks like in a stack: of V8 and Java, Python, Ruby, PHP, .NET. */
const FRAME = /^\s+(?:at \S|File "|from \S|in \S+ )|^#\d+ \S|^\t\S+:\d+/;

/** What belongs to the text before it although it is not indented. */
const MORE =
  /^(?:Caused by: |During handling of |The above exception |goroutine \d|created by |\[signal |exit status |Stack trace:|#\d+ |\.\.\. \d+ more|\}$|[\w.$*()/-]{1,200}\(.{0,400}\)$)/;

/** The class of Java or Kotlin with its package, as it stands below the line of a logger. */
const JAVA = /^(?:[a-z_]\w{0,60}\.){1,12}[A-Z][\w$]{0,80}(?:Error|Exception)(?::|$)/;

/** A frame of V8, which has a line and a column. Frames of others are kept as a text. */
const V8 = /^\s+at .*:\d+:\d+\)?$/;

/** What stands between two errors of Python, of which one led to the other. */
const ANOTHER = /^(?:During handling of |The above exception )/;

const PYTHON = /^Traceback \(most recent call last\):/;
const GO = /^(?:panic|fatal error): /;

/**
 * Makes lines of plain text into lines as pino writes them. Those that belong together, as an error and its
 * stack, are one.
 */
export class TextBlocks {
  readonly #take: (line: string) => void;
  #lines: string[] = [];
  #since = 0;
  /** Whether the line of the error itself is yet to come, as below Python's frames. */
  #isOpen = false;

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  add(given: string): void {
    const line = stripVTControlCharacters(given.slice(0, MAX_CHARACTERS)).trimEnd();
    if (!this.#belongs(line)) this.end();
    if (this.#lines.length === 0) {
      if (line === '') return;
      this.#since = Date.now();
    }
    if (PYTHON.test(line)) this.#isOpen = true;
    else if (this.#isOpen && line !== '' && !/^\s/.test(line) && !MORE.test(line)) {
      this.#isOpen = false;
    }
    if (this.#lines.length < MAX_LINES) this.#lines.push(line);
  }

  /** No more belongs to what came last. */
  end(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    this.#isOpen = false;
    this.#take(JSON.stringify(recordOf(lines, this.#since)));
  }

  #belongs(line: string): boolean {
    const [first] = this.#lines;
    if (first === undefined) return false;
    if (this.#isOpen || (GO.test(first) && (line === '' || MORE.test(line)))) return true;
    if (/^\s+\S/.test(line)) return true;
    if (line === '') return this.#lines.some((each) => PYTHON.test(each));
    if (this.#lines.length === 1 && JAVA.test(line) && levelIn(first) !== undefined) return true;
    const before = this.#lines.findLast((each) => each !== '') ?? '';
    if (PYTHON.test(line) && ANOTHER.test(before)) return true;
    return MORE.test(line) && this.#lines.length + Number(!/^[\w.$*()/-]+\(/.test(line)) > 1;
  }
}

/** The fields of a line of pino. */
function recordOf(lines: readonly string[], time: number): object {
  const [first = ''] = lines;
  const text = lines.join('\n').trimEnd();
  const isPython = lines.some((line) => PYTHON.test(line));
  const hasFrames = lines.slice(1).some((line) => FRAME.test(line)) || isPython || GO.test(first);
  const said = levelIn(first);
  if (!hasFrames) return { level: said ?? 'info', time, msg: text };
  const level = said !== undefined && severity(said) >= severity('warning') ? said : 'error';
  // Python's error stands below its frames, and Java's below the line of a logger.
  const [, second = ''] = lines;
  const below = JAVA.test(second) ? second : first;
  const header = isPython ? lines.findLast((line) => /^\S/.test(line) && !MORE.test(line)) : below;
  const [, ruby, className] = RUBY.exec(first) ?? [];
  const [, type = className, message = ruby] = THROWN.exec(header ?? first) ?? [];
  if (type === undefined) {
    const title = header ?? first;
    return { level: GO.test(first) ? 'fatal' : level, time, msg: title, stack: text };
  }
  const isWhole = isPython || type === className;
  const isBelow = header !== first;
  const before = isBelow ? first : first.slice(0, first.indexOf(type)).trim();
  const isForeign = !lines.some((line) => V8.test(line));
  const own = [`${type}: ${message ?? ''}`, ...lines.slice(1)].join('\n');
  return {
    level,
    time,
    msg: isWhole ? undefined : before.replace(/[:\s]+$/, '') || undefined,
    err: { type, message: message ?? '', stack: isForeign ? undefined : own },
    ...(isForeign && { traceback: text }),
  };
}

function levelIn(line: string): Level | undefined {
  const head = line.slice(0, HEAD);
  for (const pattern of LEVELS) {
    const name = pattern.exec(head)?.[1]?.toLowerCase();
    if (name !== undefined) return levelFromName(OTHER_NAMES[name] ?? name);
  }
  return undefined;
}
