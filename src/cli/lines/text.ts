import { stripVTControlCharacters } from 'node:util';
import { severity } from '../../event/level.ts';
import { LEFT_OUT } from './inspected.ts';
import { beginsError, FRAME, GO, JAVA, levelIn, MORE, PYTHON, recordOf } from './text-record.ts';

/** The most lines of a text that are kept together, and the most characters of a line. */
const MAX_LINES = 200;
const MAX_CHARACTERS = 10_000;

/** The most lines of a message below the one with the class: Prisma writes some ten. */
const MAX_MESSAGE = 40;

const WARNING = severity('warning');

/** The line between two errors of Python if one led to the other. */
const ANOTHER = /^(?:During handling of |The above exception )/;

/** A frame of V8 without properties or other errors behind it. */
const LAST_FRAME = /^\s+at .*:\d+:\d+\)?$/;

/** The line above an uncaught error in which Node says where it was thrown. */
const THROWN_AT =
  /^(?:(?:file|node):|\/|[A-Za-z]:\\|\[)[^\n]{0,1000}:\d+$|^\S{1,1000}\.[cm]?[jt]sx?:\d+$/;
const CARET = /^\s*\^+$/;

/**
 * Turns lines of plain text into lines of pino. Lines that belong together, such as an error and its stack,
 * become one line.
 */
export class TextBlocks {
  readonly #take: (line: string) => void;
  #lines: string[] = [];
  #since = 0;
  /** Whether the line of the error itself is still to come: Python writes it below the frames. */
  #isOpen = false;
  /** Lines that belong to the error before them if frames follow. Otherwise they are separate texts. */
  #unsure: string[] = [];
  /** Whether nobody has caught the error that follows. */
  #isUncaught = false;

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  add(given: string): void {
    const line = stripVTControlCharacters(given.slice(0, MAX_CHARACTERS)).trimEnd();
    if (FRAME.test(line) || CARET.test(line)) this.#keepUnsure();
    else if (this.#isShown(line) || this.#isMessage(line)) {
      this.#unsure.push(line);
      return;
    }
    this.#addSure(line);
  }

  /** Ends the last text: no more lines belong to it. */
  end(): void {
    const unsure = this.#unsure;
    this.#unsure = [];
    // Indented lines belong to the line above them, with or without frames.
    while (/^\s+\S/.test(unsure[0] ?? '')) this.#lines.push(unsure.shift() ?? '');
    this.#endLines();
    for (const line of unsure) this.#addSure(line);
    this.#endLines();
  }

  #addSure(line: string): void {
    if (!this.#belongs(line)) this.#endAll();
    if (this.#lines.length === 0) {
      if (line === '') return;
      this.#since = Date.now();
    }
    if (PYTHON.test(line)) this.#isOpen = true;
    else if (this.#isOpen && line !== '' && !/^\s/.test(line) && !MORE.test(line)) {
      this.#isOpen = false;
    }
    if (this.#lines.length < MAX_LINES) this.#lines.push(line);
    // Node's line and the source line below it end at the mark.
    if (CARET.test(line) && THROWN_AT.test(this.#lines[0] ?? '')) {
      this.#endLines();
      this.#isUncaught = true;
    }
  }

  #endAll(): void {
    if (this.#unsure.length > 0) this.end();
    else this.#endLines();
  }

  #endLines(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    const isUncaught = this.#isUncaught;
    this.#lines = [];
    this.#isOpen = false;
    this.#isUncaught = false;
    this.#take(JSON.stringify(recordOf(lines, this.#since, isUncaught)));
  }

  #keepUnsure(): void {
    this.#lines.push(...this.#unsure);
    this.#unsure = [];
  }

  /** Whether a line may be the source line that Node shows. */
  #isShown(line: string): boolean {
    const [first = ''] = this.#lines;
    return line !== '' && this.#lines.length + this.#unsure.length === 1 && THROWN_AT.test(first);
  }

  /** Whether a line may belong to the message of the error before it. */
  #isMessage(line: string): boolean {
    const [first] = this.#lines;
    if (first === undefined || this.#isOpen || this.#unsure.length >= MAX_MESSAGE) return false;
    if (this.#lines.length > 1 || !beginsError(first)) return false;
    if (FRAME.test(line) || MORE.test(line) || JAVA.test(line)) return false;
    return levelIn(line) === undefined && !beginsError(line);
  }

  #belongs(line: string): boolean {
    const [first] = this.#lines;
    if (first === undefined) return false;
    if (this.#unsure.length > 0) return false;
    if (this.#isOpen || (GO.test(first) && (line === '' || MORE.test(line)))) return true;
    if (LAST_FRAME.test(this.#lines.at(-1) ?? '') && !isOfStack(line)) return false;
    if (/^\s+\S/.test(line) || (CARET.test(line) && THROWN_AT.test(first))) return true;
    const hasTraceback = this.#lines.some((each) => PYTHON.test(each));
    if (line === '') return hasTraceback;
    const said = levelIn(first);
    const isLogged = said !== undefined;
    if (this.#lines.length === 1 && isLogged && JAVA.test(line)) return true;
    // Python's `logging.exception` writes its text first.
    const isOfLogger = isLogged && severity(said) >= WARNING;
    const hasStack = hasTraceback || this.#lines.some((each) => FRAME.test(each));
    if (PYTHON.test(line) && isOfLogger && !hasStack) return true;
    const before = this.#lines.findLast((each) => each !== '') ?? '';
    if (PYTHON.test(line) && ANOTHER.test(before)) return true;
    return MORE.test(line) && this.#lines.length + Number(!/^[\w.$*()/-]+\(/.test(line)) > 1;
  }
}

/** Whether a line may stand behind the last frame of V8. It may also close the list around the error. */
function isOfStack(line: string): boolean {
  return /^\s+at \S|^\s*[}\]]|^Caused by: |^Emitted /i.test(line) || LEFT_OUT.test(line);
}
