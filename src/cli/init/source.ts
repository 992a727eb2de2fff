import { readFileSync } from 'node:fs';
import { codeOf } from './code.ts';

interface Edit {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

/** How a file loads packages. */
export type Style = 'import' | 'require';

/** A file of the project, and the changes to it. */
export class Source {
  readonly path: string;
  readonly text: string;
  /** See `codeOf`. */
  readonly code: string;
  readonly style: Style;
  readonly eol: string;
  readonly #edits: Edit[] = [];
  readonly #imports = new Map<string, Set<string>>();
  #sideEffect: string | undefined;

  private constructor(path: string, text: string, code: string, style: Style) {
    this.path = path;
    this.text = text;
    this.code = code;
    this.style = style;
    this.eol = text.includes('\r\n') ? '\r\n' : '\n';
  }

  /** Undefined if the file can't be read or understood. */
  static read(path: string, packageStyle: Style): Source | undefined {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
    // Bytes that are no UTF-8 would change when the file is written.
    const code = text.includes('\uFFFD') ? undefined : codeOf(text);
    return code === undefined
      ? undefined
      : new Source(path, text, code, styleOf(path, code, packageStyle));
  }

  get isChanged(): boolean {
    return this.#edits.length > 0 || this.#imports.size > 0 || this.#sideEffect !== undefined;
  }

  /** Whether it uses this package already. */
  get hasErrsight(): boolean {
    return this.loads('errsight(?:/[\\w-]+)?');
  }

  /** Whether it imports or requires a package; `pack` is a pattern. */
  loads(pattern: string): boolean {
    const calls = new RegExp(
      `(?:\\bfrom|\\bimport|\\brequire\\s*\\(|\\bimport\\s*\\()\\s*['"]${pattern}['"]`,
      'g',
    );
    return [...this.text.matchAll(calls)].some(({ index }) => this.code[index] !== ' ');
  }

  /** The local name of an export; `default` is the package as a whole. */
  nameOf(pack: string, exported: string): string | undefined {
    const from = `from\\s*['"]${pack}['"]`;
    const required = `require\\s*\\(\\s*['"]${pack}['"]\\s*\\)`;
    const patterns =
      exported === 'default'
        ? [
            `\\bimport\\s+(?:\\*\\s+as\\s+)?([\\w$]+)(?:\\s*,\\s*\\{[^}]*\\})?\\s+${from}`,
            `\\bimport\\s+([\\w$]+)\\s*=\\s*${required}`,
            `\\b(?:const|let|var)\\s+([\\w$]+)\\s*=\\s*${required}(?!\\s*[(.])`,
            `\\b(?:const|let|var)\\s+([\\w$]+)\\s*=\\s*${required}\\.default\\b`,
          ]
        : [
            `\\bimport\\s*(?:[\\w$]+\\s*,\\s*)?\\{[^}]*\\b${exported}(?:\\s+as\\s+([\\w$]+))?\\b[^}]*\\}\\s*${from}`,
            `\\b(?:const|let|var)\\s*\\{[^}]*\\b${exported}(?:\\s*:\\s*([\\w$]+))?\\b[^}]*\\}\\s*=\\s*${required}`,
            `\\b(?:const|let|var)\\s+([\\w$]+)\\s*=\\s*${required}\\.${exported}\\b`,
          ];
    for (const pattern of patterns) {
      const found = new RegExp(pattern).exec(this.text);
      if (found !== null && this.code[found.index] !== ' ') return found[1] ?? exported;
    }
    return undefined;
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  replace(at: number, end: number, text: string): void {
    const edit = { at, end, text: text.replaceAll('\n', this.eol) };
    // Several calls may use the same options by their name, which would make the same edit twice.
    const isKnown = this.#edits.some(
      (each) => each.at === at && each.end === end && each.text === edit.text,
    );
    if (!isKnown) this.#edits.push(edit);
  }

  /** Adds a line behind the statement that ends at `end`, with the indentation of the line at `like`. */
  addLine(end: number, line: string, like: number): void {
    const rest = this.text.indexOf('\n', end);
    const lineEnd = rest === -1 ? this.text.length : rest - Number(this.text[rest - 1] === '\r');
    // A comment behind the statement stays with it.
    const at = this.code.slice(end, lineEnd).trim() === '' ? lineEnd : end;
    this.insert(at, `\n${this.indentAt(like)}${line}`);
  }

  /** Adds a line in front of the one at `at`. */
  addLineBefore(at: number, line: string): void {
    const start = this.text.lastIndexOf('\n', at) + 1;
    this.insert(start, `${this.indentAt(at)}${line}\n`);
  }

  indentAt(at: number): string {
    const start = this.text.lastIndexOf('\n', at - 1) + 1;
    return /^[ \t]*/.exec(this.text.slice(start))?.[0] ?? '';
  }

  /** Imports names of a package. */
  use(pack: string, ...names: readonly string[]): void {
    const known = this.#imports.get(pack) ?? new Set();
    for (const name of names) known.add(name);
    this.#imports.set(pack, known);
  }

  /** Loads a package for its side effect. */
  load(pack: string): void {
    this.#sideEffect = pack;
  }

  /** The whole text with all changes. */
  changed(): string {
    const edits = [...this.#edits];
    const { at, isBehindEnv } = this.#head();
    const names = [...this.#imports].map(([pack, known]) =>
      this.style === 'import'
        ? `import { ${[...known].join(', ')} } from '${pack}';`
        : `const { ${[...known].join(', ')} } = require('${pack}');`,
    );
    const first =
      this.#sideEffect === undefined
        ? []
        : [
            this.style === 'import'
              ? `import '${this.#sideEffect}';`
              : `require('${this.#sideEffect}');`,
          ];
    const lines = [...first, ...names];
    if (lines.length > 0) {
      const text = lines
        .map((line) => (isBehindEnv ? `${this.eol}${line}` : `${line}${this.eol}`))
        .join('');
      edits.unshift({ at, end: at, text });
    }
    let result = '';
    let done = 0;
    for (const edit of edits.toSorted((a, b) => a.at - b.at)) {
      result += this.text.slice(done, edit.at) + edit.text;
      done = edit.end;
    }
    return result + this.text.slice(done);
  }

  /** The start of the first statement, or the place behind the one that reads variables from a file. */
  #head(): { readonly at: number; readonly isBehindEnv: boolean } {
    const reads = [...this.text.matchAll(READS_ENV)].findLast(
      ({ index }) => this.code[index] !== ' ',
    );
    if (reads !== undefined) return { at: reads.index + reads[0].length, isBehindEnv: true };
    let at = this.code.search(/\S/);
    if (at === -1) return { at: this.text.length, isBehindEnv: false };
    for (;;) {
      const directive = /^(['"])[^'"\n]*\1[ \t]*(?:;|(?=\r?\n|$))/.exec(this.code.slice(at));
      if (directive === null) return { at, isBehindEnv: false };
      const next = this.code.slice(at + directive[0].length).search(/\S/);
      if (next === -1) return { at: this.text.length, isBehindEnv: false };
      at += directive[0].length + next;
    }
  }

  /** The call that reads variables from a file, in a module: all imports run before it. */
  get envCall(): number | undefined {
    if (this.style === 'require') return undefined;
    const found =
      /^[ \t]*(?:dotenv\.)?(?:config|configDotenv|process\.loadEnvFile|loadEnvFile)\(/m.exec(
        this.code,
      );
    if (found === null || !(this.loads('dotenv') || found[0].includes('loadEnvFile')))
      return undefined;
    return found.index;
  }
}

const READS_ENV =
  /^(?:import\s*['"]dotenv\/config(?:\.js)?['"]|require\(['"]dotenv(?:\/config)?['"]\)(?:\.config\([^\n]*\))?|(?:const|var|let) [^\n]*require\(['"]dotenv['"]\)\.config\([^\n]*\)|dotenv\.config\([^\n]*\)|process\.loadEnvFile\([^\n]*\));?[ \t]*$/gm;

function styleOf(path: string, code: string, packageStyle: Style): Style {
  if (/\.m[jt]s$/.test(path)) return 'import';
  if (path.endsWith('.cjs')) return 'require';
  if (/^\s*(?:import\b(?!\s*[(.])|export\b)/m.test(code)) return 'import';
  if (/\brequire\s*\(|\bmodule\.exports\b|^\s*exports\./m.test(code)) return 'require';
  return /\.[mc]?tsx?$/.test(path) ? 'import' : packageStyle;
}
