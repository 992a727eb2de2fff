/** Finds what a name stands for, in its own file or in the one from which it is imported. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { closingOf, partsOf, propertyOf } from './code.ts';
import type { Source } from './source.ts';

/** An expression of a file, or a package. */
export type Meaning =
  | { readonly source: Source; readonly at: number }
  | { readonly pack: string; readonly at?: undefined };

/** How many steps from a name to the next one are followed. */
const MAX_STEPS = 8;
const ENDINGS = [
  '',
  '.ts',
  '.mts',
  '.cts',
  '.tsx',
  '.js',
  '.mjs',
  '.cjs',
  '/index.ts',
  '/index.js',
];

/** Finds what names of a project's files stand for. */
export class Names {
  readonly #byPath: ReadonlyMap<string, Source>;

  constructor(sources: readonly Source[]) {
    this.#byPath = new Map(sources.map((source) => [source.path, source]));
  }

  /** What `name` or `name.member` is; undefined if that can't be seen. */
  of(source: Source, expression: string, steps: number = MAX_STEPS): Meaning | undefined {
    const [name = '', member, ...deeper] = expression.split(/\s*\.\s*/);
    if (deeper.length > 0 || steps === 0 || !/^[\w$]+$/.test(name)) return undefined;
    const from = this.#imported(source, name);
    if (from !== undefined) {
      const wanted = member !== undefined && from.exported === 'default' ? member : from.exported;
      return this.#exportOf(source, from.path, wanted, steps - 1);
    }
    if (member !== undefined) return undefined;
    const at = declared(source, name);
    return at === undefined ? undefined : this.#follow(source, at, steps - 1);
  }

  /** What `require('…')` is. */
  required(source: Source, path: string): Meaning | undefined {
    return this.#exportOf(source, path, 'default', MAX_STEPS);
  }

  /** The file that a path in another one leads to, if it is one of the project's. */
  fileOf(source: Source, path: string): Source | undefined {
    const base = join(dirname(source.path), path);
    for (const bare of [base, base.replace(/\.([cm]?)jsx?$/, '')]) {
      for (const ending of ENDINGS) {
        const found = this.#byPath.get(`${bare}${ending}`);
        if (found !== undefined && isFile(found.path)) return found;
      }
    }
    return undefined;
  }

  /** If the expression is only another name, it is what that name stands for. */
  #follow(source: Source, at: number, steps: number): Meaning | undefined {
    const alone = /^([\w$]+(?:\.[\w$]+)?)\s*(?:[;,)}]|\r?\n|$)/.exec(source.code.slice(at))?.[1];
    const path = requiredPath(source, at);
    if (path !== undefined) return this.#exportOf(source, path, 'default', steps);
    return (alone === undefined ? undefined : this.of(source, alone, steps)) ?? { source, at };
  }

  #imported(
    { text, code }: Source,
    name: string,
  ): { readonly path: string; readonly exported: string } | undefined {
    const own = name.replaceAll('$', String.raw`\$`);
    const path = String.raw`['"]([^'"\n]+)['"]`;
    const required = String.raw`=\s*require\s*\(\s*${path}\s*\)`;
    const whole = [
      String.raw`\bimport\s+(?:\*\s+as\s+)?${own}(?:\s*,\s*\{[^}]*\})?\s+from\s*${path}`,
      String.raw`\b(?:import|const|let|var)\s+${own}\s*${required}(?!\s*[(.])`,
    ];
    const parts = [
      String.raw`\bimport\s*(?:[\w$]+\s*,\s*)?\{([^}]*\b${own}\b[^}]*)\}\s*from\s*${path}`,
      String.raw`\b(?:const|let|var)\s*\{([^}]*\b${own}\b[^}]*)\}\s*${required}`,
    ];
    for (const pattern of whole) {
      const found = new RegExp(pattern).exec(text);
      if (found !== null && code[found.index] !== ' ') {
        return { path: found[1] ?? '', exported: 'default' };
      }
    }
    for (const pattern of parts) {
      const found = new RegExp(pattern).exec(text);
      if (found === null || code[found.index] === ' ') continue;
      const renamed = new RegExp(String.raw`([\w$]+)\s*(?:\bas\b|:)\s*${own}\b`).exec(
        found[1] ?? '',
      );
      return { path: found[2] ?? '', exported: renamed?.[1] ?? name };
    }
    const member = new RegExp(
      String.raw`\b(?:const|let|var)\s+${own}\s*${required}\.([\w$]+)`,
    ).exec(text);
    if (member === null || code[member.index] === ' ') return undefined;
    return { path: member[1] ?? '', exported: member[2] ?? '' };
  }

  #exportOf(source: Source, path: string, exported: string, steps: number): Meaning | undefined {
    if (!path.startsWith('.')) return { pack: path };
    const file = this.fileOf(source, path);
    if (file === undefined || steps <= 0) return undefined;
    const { code } = file;
    const own = exported.replaceAll('$', String.raw`\$`);
    const direct = new RegExp(
      exported === 'default'
        ? String.raw`^(?:export\s+default\s+|(?:module\.)?exports(?:\.default)?\s*=\s*|export\s*=\s*)`
        : String.raw`^(?:(?:module\.)?exports\.${own}\s*=\s*|export\s+(?=(?:async\s+)?function\s+${own}\b)|export\s+(?:const|let|var)\s+${own}\b[^=\n;]*=\s*)`,
      'm',
    ).exec(code);
    if (direct !== null) {
      const at = direct.index + direct[0].length;
      return this.#follow(file, at, steps - 1);
    }
    // A list of exports.
    const list =
      /^(?:module\.exports\s*=|export)\s*\{/m.exec(code) ?? /^export\s+default\s*\{/m.exec(code);
    if (list !== null) {
      const open = list.index + list[0].length - 1;
      const property = propertyOf(code, open, own);
      if (property !== undefined) return this.#follow(file, property.start, steps - 1);
      const renamed = partsOf(code, open)
        .map(({ start, end }) =>
          new RegExp(String.raw`^([\w$]+)\s+as\s+${own}$`).exec(code.slice(start, end)),
        )
        .find((each) => each !== null);
      if (renamed?.[1] !== undefined) return this.of(file, renamed[1], steps - 1);
    }
    const on = new RegExp(
      String.raw`^export\s*(?:\*|\{[^}]*\b${own}\b[^}]*\})\s*from\s*['"]([^'"\n]+)['"]`,
      'm',
    ).exec(file.text);
    return on?.[1] === undefined ? undefined : this.#exportOf(file, on[1], exported, steps - 1);
  }
}

/** The path of the `require('…')` at `at`; undefined if something follows it. */
function requiredPath({ text }: Source, at: number): string | undefined {
  return /^require\s*\(\s*['"]([^'"\n]+)['"]\s*\)(?!\s*[(.])/.exec(text.slice(at, at + 300))?.[1];
}

/** The start of the value of a name that the file declares. */
function declared({ code }: Source, name: string): number | undefined {
  const own = name.replaceAll('$', String.raw`\$`);
  const made = new RegExp(
    String.raw`\b(?:const|let|var)\s+${own}\b(?::[^=\n]*(?:=>[^=\n]*)?|\s*)=(?!>)\s*`,
  ).exec(code);
  if (made !== null) return made.index + made[0].length;
  const named = new RegExp(String.raw`(?:\basync\s+)?\bfunction\s+${own}\s*[(<]`).exec(code);
  return named?.index;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** The number of parameters of the function at `at`; undefined if there is no function. */
export function parametersAt({ code }: Source, at: number): number | undefined {
  const text = code.slice(at);
  const head =
    /^(?:async\s+)?(?:function\b\s*\*?\s*[\w$]*\s*)?(?:<[^()]*>\s*)?/.exec(text)?.[0] ?? '';
  if (/^(?:async\s+)?[\w$]+\s*=>/.test(text)) return 1;
  const open = at + head.length;
  if (code[open] !== '(') return undefined;
  const close = closingOf(code, open);
  const isFunction = head.includes('function') || /^\s*(?::[^=;{]*)?=>/.test(code.slice(close + 1));
  return isFunction ? partsOf(code, open).length : undefined;
}
