import { dirname, join } from 'node:path';
import { builtFiles, wordAt } from './built-files.ts';
import { bundledPath, isAbsolutePath, isFile, isInside, isSourceName } from './file-names.ts';
import type { ProjectFiles } from './files.ts';
import type { StackFrame } from './frame-line.ts';
import { attempt, isArray, isObject } from '../../lib/safe-read.ts';
import { createLru } from '../../lib/lru.ts';
import { mainScript } from './main-script.ts';
import { createSourceNames, type SourceNames } from './map-sources.ts';
import { evaledMappingUrl, evaledText, fromDataUrl, isEvaled, mappingUrl } from './mapping-url.ts';
import { readMappings, type Mapped, type Mappings } from './mappings.ts';
import { bareName } from './names.ts';

/** The place in the source that a frame of a built file comes from. */
export interface Original {
  /** An absolute path, or a URL if the bundler invented the source. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The function's name before a minifier renamed it, if the map certainly tells it. */
  readonly function?: string;
  /** The text of the source, if the map contains it. */
  readonly content: string | undefined;
}

/** Finds the source of a frame. Undefined if its file was not built or its map can't be used. */
export interface SourceMapper {
  (
    frame: StackFrame,
    /** The frame that called it. At the place of the call the map may have the function's name. */
    caller: StackFrame | undefined,
    /** All frames. One of them may be in a bundle that contains the module as a text for `eval`. */
    stack?: readonly StackFrame[],
  ): Original | undefined;
  /**
   * Whether a compiler or bundler added the code that ran, such as a helper for `async`. Then this
   * line of the built file has no source, but others in the stack have one.
   */
  isAdded(frame: StackFrame, stack: readonly StackFrame[]): boolean;
  /**
   * The text of a source that is not on this disk, from its map: often only built files are
   * deployed. This is needed when Node maps stacks itself, since such frames don't name the built
   * file.
   */
  contentOf: (source: string) => string | undefined;
}

export interface SourceMapperOptions {
  readonly projectRoot: string;
  readonly files: ProjectFiles;
  /** The script that the process was started with. Default: it is found out if possible. */
  readonly main?: string | undefined;
}

/**
 * The most bytes of a built file, and of a map. Larger ones are not used. To read, parse and index
 * a bundle's map of 5 MiB takes 50 ms. A map of 7 MiB with only mappings takes 90 to 140 ms. Each
 * is read once.
 */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_CACHED_MAPS = 50;
/** The most UTF-16 units of all remembered maps, with the sources in them. */
const MAX_CACHED_LENGTH = 16 * 1024 * 1024;

/** A map, or a section of an indexed map. It begins at this place of the built file. */
interface Section {
  readonly line: number;
  readonly column: number;
  readonly mappings: Mappings;
  readonly sources: readonly (string | undefined)[];
  readonly contents: readonly unknown[];
  readonly names: readonly unknown[];
}

interface LoadedMap {
  readonly sections: readonly Section[];
  readonly length: number;
  /** Of a module for `eval` that has no map: what ran, under the name of its source. */
  readonly evaled?: { readonly file: string; readonly content: string };
  /** The files from which it was read. */
  readonly from: readonly string[];
}

interface CachedMap extends LoadedMap {
  /** The version of each of the files when it was read. */
  readonly versions: readonly number[];
}

const NO_MAP: LoadedMap = { sections: [], length: 0, from: [] };

/** For how many sources the built file is remembered. */
const MAX_SOURCES = 500;
/** How many files of a stack are searched for such a module. */
const MAX_BUNDLES = 5;

/**
 * Makes a mapper. It reads maps beside built files (`app.js.map`, or the file that
 * `sourceMappingURL` names), in built files, and in modules that a bundler runs with `eval`. Never
 * throws: a map that is missing, broken or too large maps nothing. A map that was replaced is read
 * again.
 */
export function createSourceMapper(options: SourceMapperOptions): SourceMapper {
  const { projectRoot, files, main = mainScript() } = options;
  const cache = createLru<CachedMap>({
    maxEntries: MAX_CACHED_MAPS,
    maxWeight: MAX_CACHED_LENGTH,
    weigh: (map) => map.length,
  });
  /** The bundles in which modules for `eval` were found, the last one first. */
  let bundles: readonly string[] = [];
  /** The built file of each source. Undefined if none was found. */
  const builtFrom = createLru<{ readonly file: string | undefined }>({ maxEntries: MAX_SOURCES });

  function mapOf(key: string, make: () => LoadedMap | 'later' | undefined): LoadedMap {
    const cached = cache.get(key);
    if (cached !== undefined && isCurrent(cached)) return cached;
    const loaded = attempt(make) ?? NO_MAP;
    if (loaded === 'later') return NO_MAP;
    const versions = loaded.from.map((file) => files.version(file));
    cache.set(key, { ...loaded, versions });
    return loaded;
  }

  function isCurrent({ from, versions }: CachedMap): boolean {
    return from.every((file, index) => files.version(file) === versions[index]);
  }

  function load(file: string): LoadedMap | 'later' | undefined {
    const built = files.read('source', file, MAX_BYTES);
    if (built === 'later') return built;
    if (built === undefined) return { ...NO_MAP, from: [file] };
    const url = mappingUrl(built);
    if (url?.startsWith('data:') === true) return parseMap(fromDataUrl(url), file, [file]);
    const mapFile =
      url === undefined
        ? `${file}.map`
        : join(dirname(file), decodeURIComponent(url.replace(/[?#].*$/s, '')));
    const bytes = files.read('map', mapFile, MAX_BYTES);
    if (bytes === 'later') return bytes;
    const from = [file, mapFile];
    return bytes === undefined ? { ...NO_MAP, from } : parseMap(bytes.toString(), mapFile, from);
  }

  /** Loads the map of a module that a bundle contains as a text for `eval`. */
  function loadEvaled(name: string, bundle: string): LoadedMap | 'later' | undefined {
    const built = files.read('source', bundle, MAX_BYTES);
    if (built === 'later') return built;
    if (built === undefined) return { ...NO_MAP, from: [bundle] };
    const url = evaledMappingUrl(built, name);
    if (url !== undefined) return parseMap(fromDataUrl(url), bundle, [bundle]);
    const content = bundledPath(name) === undefined ? undefined : evaledText(built, name);
    if (content === undefined) return { ...NO_MAP, from: [bundle] };
    const file = createSourceNames({ folder: dirname(bundle), projectRoot })(name, '');
    return { ...NO_MAP, length: content.length, evaled: { file, content }, from: [bundle] };
  }

  function parseMap(text: string, mapFile: string, from: readonly string[]): LoadedMap {
    // Some servers write `)]}'` before JSON, so that it can't run as a script.
    const json = attempt((): unknown =>
      JSON.parse(text.replace(/^\uFEFF?(?:\)\]\}'[^\n]*\n)?/, '')),
    );
    const sections = readSections(
      json,
      createSourceNames({ folder: dirname(mapFile), projectRoot }),
    );
    return { sections, length: text.length, from };
  }

  function evaledMap(frame: StackFrame, stack: readonly StackFrame[]): LoadedMap {
    for (const bundle of bundlesOf(stack, bundles, main)) {
      const map = mapOf(`${bundle}\0${frame.file}`, () => loadEvaled(frame.file, bundle));
      if (map.sections.length === 0 && map.evaled === undefined) continue;
      bundles = [bundle, ...bundles.filter((each) => each !== bundle)].slice(0, MAX_BUNDLES);
      return map;
    }
    return NO_MAP;
  }

  /**
   * The name in the map at the place where this function was called, if it is the function's own.
   */
  function calledName(
    frame: StackFrame,
    caller: StackFrame | undefined,
    sections: readonly Section[],
  ): string | undefined {
    if (caller?.file !== frame.file) return undefined;
    const found = locate(sections, caller);
    const name = found?.at.name === undefined ? undefined : found.section.names[found.at.name];
    if (typeof name !== 'string' || name === '') return undefined;
    return wordAt(files.read('source', caller.file, MAX_BYTES), caller) === bareName(frame.function)
      ? name
      : undefined;
  }

  function originalOf(
    frame: StackFrame,
    caller: StackFrame | undefined,
    stack: readonly StackFrame[] = [],
  ): Original | undefined {
    const { sections, evaled } = isEvaled(frame.file)
      ? evaledMap(frame, stack)
      : mapOf(frame.file, () => load(frame.file));
    if (evaled !== undefined && frame.line !== undefined && frame.column !== undefined) {
      return { ...evaled, line: frame.line, column: frame.column };
    }
    const found = locate(sections, frame);
    if (found === undefined) return undefined;
    const { section, at } = found;
    const file = section.sources[at.source];
    // If Node maps stacks itself (--enable-source-maps), a frame whose source has its own file name
    // may be mapped already. Any other name shows that it is not.
    if (file === undefined || (file === frame.file && process.sourceMapsEnabled)) return undefined;
    const content = section.contents[at.source];
    const name = calledName(frame, caller, sections);
    return {
      file,
      line: at.line + 1,
      column: at.column + 1,
      content: typeof content === 'string' ? content : undefined,
      ...(name !== undefined && { function: name }),
    };
  }

  function isAdded(frame: StackFrame, stack: readonly StackFrame[]): boolean {
    if (frame.column === undefined || isEvaled(frame.file)) return false;
    const { sections } = mapOf(frame.file, () => load(frame.file));
    if (!sections.some(({ mappings }) => mappings.hasSource)) return false;
    // A map in which no frame of its file is found does not fit: something was put in front of the code.
    const others = stack.filter((each) => each.file === frame.file);
    return !locate(sections, frame) && others.some((each) => locate(sections, each) !== undefined);
  }

  function contentIn(built: string, source: string): string | undefined {
    for (const { sources, contents } of mapOf(built, () => load(built)).sections) {
      const content = contents[sources.indexOf(source)];
      if (typeof content === 'string') return content;
    }
    return undefined;
  }

  function contentOf(source: string): string | undefined {
    const known = builtFrom.get(source);
    if (known !== undefined) return known.file && contentIn(known.file, source);
    if (!isInside(source, [projectRoot]) || !isSourceName(source) || isFile(source)) {
      return undefined;
    }
    for (const file of builtFiles(source, { projectRoot, main })) {
      const content = contentIn(file, source);
      if (content === undefined) continue;
      builtFrom.set(source, { file });
      return content;
    }
    if (!files.isCutShort) builtFrom.set(source, { file: undefined });
    return undefined;
  }

  return Object.assign(originalOf, { isAdded, contentOf });
}

/**
 * The files of a stack that may be bundles, the oldest frame's first. Then those that are known.
 */
function bundlesOf(
  stack: readonly StackFrame[],
  known: readonly string[],
  main: string | undefined,
): ReadonlySet<string> {
  const found = new Set(known);
  for (const { file } of stack.toReversed()) {
    if (found.size >= MAX_BUNDLES) break;
    if (isAbsolutePath(file)) found.add(file);
  }
  if (main !== undefined) found.add(main);
  return found;
}

function readSections(json: unknown, nameOf: SourceNames): Section[] {
  if (!isObject(json)) return [];
  const { sections, mappings: text, sources, sourceRoot, sourcesContent, names } = json as RawMap;
  if (isArray(sections)) {
    return sections.filter(isObject).flatMap(({ map, offset }: RawSection) => {
      // A section must not contain sections.
      if (!isObject(map) || 'sections' in map) return [];
      const [line, column] = [Number(offset?.line), Number(offset?.column)];
      return readSections(map, nameOf).map((section) => ({ ...section, line, column }));
    });
  }
  const mappings = typeof text === 'string' ? readMappings(text) : undefined;
  if (mappings === undefined || !isArray(sources)) return [];
  const base = typeof sourceRoot === 'string' ? sourceRoot : '';
  const section: Section = {
    line: 0,
    column: 0,
    mappings,
    sources: sources.map((source) =>
      typeof source === 'string' ? nameOf(source, base) : undefined,
    ),
    contents: isArray(sourcesContent) ? sourcesContent : [],
    names: isArray(names) ? names : [],
  };
  return [section];
}

/** A parsed map. Its values are not checked yet. */
interface RawMap {
  readonly sections?: unknown;
  readonly mappings?: unknown;
  readonly sources?: unknown;
  readonly sourceRoot?: unknown;
  readonly sourcesContent?: unknown;
  readonly names?: unknown;
}

interface RawSection {
  readonly offset?: { readonly line?: unknown; readonly column?: unknown };
  readonly map?: unknown;
}

function locate(
  sections: readonly Section[],
  frame: StackFrame,
): { readonly section: Section; readonly at: Mapped } | undefined {
  if (frame.line === undefined || frame.column === undefined) return undefined;
  const line = frame.line - 1;
  const column = frame.column - 1;
  // In an indexed map: the last section that begins before the place.
  const section = sections.findLast(
    (each) => each.line < line || (each.line === line && each.column <= column),
  );
  if (section === undefined) return undefined;
  const at = section.mappings.find(
    line - section.line,
    line === section.line ? column - section.column : column,
  );
  return at && { section, at };
}
