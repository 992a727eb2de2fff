import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProjectFiles } from './files.ts';
import type { StackFrame } from './frame-line.ts';
import { attempt, isArray, isObject } from '../../lib/safe-read.ts';
import { createLru } from '../../lib/lru.ts';
import { readMappings, type Mapped, type Mappings } from './mappings.ts';
import { isAbsolutePath } from './paths.ts';

/** Where a frame of a built file comes from. */
export interface Original {
  /** An absolute path, or a URL where the bundler made the source up. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What the function was called before a minifier renamed it, if the map knows. */
  readonly function?: string;
  /** The text of the source, if the map has it. */
  readonly content: string | undefined;
}

/** Finds what a frame was built from; undefined for one that was not built, or whose map is of no use. */
export type SourceMapper = (
  frame: StackFrame,
  /** The frame that called it: the place of the call has the function's name. */
  caller: StackFrame | undefined,
) => Original | undefined;

/** What the mapper depends on. */
export interface SourceMapperOptions {
  readonly projectRoot: string;
  readonly files: ProjectFiles;
}

/**
 * Bytes of a built file, and of a map; larger ones are not used. To read, parse and index a bundle's
 * map of 5 MiB takes 50 ms, one of 7 MiB that is nothing but mappings 90 to 140 ms; each once.
 */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_CACHED_MAPS = 50;
/** In UTF-16 units, of maps with all the sources that are in them. */
const MAX_CACHED_LENGTH = 16 * 1024 * 1024;

/** Names that a minifier gives have one to three letters. */
const MINIFIED = /^[\w$]{1,3}$/;

/** One map, or one section of an indexed map, which begins at a place of the built file. */
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
}

const NO_MAP: LoadedMap = { sections: [], length: 0 };

/**
 * Makes a mapper that reads maps beside built files (`app.js.map`, or what `sourceMappingURL`
 * names) and inside them. Never throws: a map that is missing, broken or too large maps nothing.
 */
export function createSourceMapper({ projectRoot, files }: SourceMapperOptions): SourceMapper {
  const cache = createLru<LoadedMap>({
    maxEntries: MAX_CACHED_MAPS,
    maxWeight: MAX_CACHED_LENGTH,
    weigh: (map) => map.length,
  });

  function mapOf(file: string): LoadedMap {
    const cached = cache.get(file);
    if (cached) return cached;
    const loaded = attempt(() => load(file)) ?? NO_MAP;
    if (loaded === 'later') return NO_MAP;
    cache.set(file, loaded);
    return loaded;
  }

  function load(file: string): LoadedMap | 'later' | undefined {
    const built = files.read('source', file, MAX_BYTES);
    if (built === undefined || built === 'later') return built;
    const url = mappingUrl(built);
    if (url?.startsWith('data:') === true) return parseMap(fromDataUrl(url), file);
    const mapFile =
      url === undefined ? `${file}.map` : join(dirname(file), decodeURIComponent(url));
    const bytes = files.read('map', mapFile, MAX_BYTES);
    return bytes === undefined || bytes === 'later' ? bytes : parseMap(bytes.toString(), mapFile);
  }

  function parseMap(text: string, mapFile: string): LoadedMap | undefined {
    // Some servers put `)]}'` before JSON, so that it is no script.
    const json: unknown = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ''));
    const sections = readSections(json, { folder: dirname(mapFile), projectRoot });
    return { sections, length: text.length };
  }

  return (frame, caller) => {
    const { sections } = mapOf(frame.file);
    const found = locate(sections, frame);
    if (found === undefined) return undefined;
    const { section, at } = found;
    const file = section.sources[at.source];
    // Where Node maps stacks by itself (--enable-source-maps), a file that was built from one of its
    // own name has been mapped already; of all others the name says that they have not.
    if (file === undefined || (file === frame.file && process.sourceMapsEnabled)) return undefined;
    const content = section.contents[at.source];
    const name = originalName(frame, caller, sections);
    return {
      file,
      line: at.line + 1,
      column: at.column + 1,
      content: typeof content === 'string' ? content : undefined,
      ...(name !== undefined && { function: name }),
    };
  };
}

/**
 * The URL in the last `//# sourceMappingURL=`, without turning all of the file into a string: of an
 * inlined map it is nearly all of it.
 */
function mappingUrl(built: Buffer): string | undefined {
  const at = built.lastIndexOf('sourceMappingURL=');
  if (at < 4 || !/\/[/*][#@] $/.test(built.toString('latin1', at - 4, at))) return undefined;
  const url = /^[^\s'"*]+/.exec(built.toString('utf8', at + 'sourceMappingURL='.length))?.[0];
  // A map on another machine is not fetched; one may still lie beside the file.
  return url === undefined || /^(?!data:)[a-z][a-z0-9+.-]*:/i.test(url) ? undefined : url;
}

function fromDataUrl(url: string): string {
  const comma = url.indexOf(',');
  const data = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(';base64')
    ? Buffer.from(data, 'base64').toString()
    : decodeURIComponent(data);
}

interface Place {
  /** The folder of the map, which its sources are relative to. */
  readonly folder: string;
  readonly projectRoot: string;
}

function readSections(json: unknown, place: Place): Section[] {
  if (!isObject(json)) return [];
  const { sections, mappings: text, sources, sourceRoot, sourcesContent, names } = json as RawMap;
  if (isArray(sections)) {
    return sections.filter(isObject).flatMap(({ map, offset }: RawSection) => {
      // Sections have no sections.
      if (!isObject(map) || 'sections' in map) return [];
      const [line, column] = [Number(offset?.line), Number(offset?.column)];
      return readSections(map, place).map((section) => ({ ...section, line, column }));
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
      typeof source === 'string' ? resolveSource(source, base, place) : undefined,
    ),
    contents: isArray(sourcesContent) ? sourcesContent : [],
    names: isArray(names) ? names : [],
  };
  return [section];
}

/** A map as it was parsed: anything may be anything. */
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

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/** A source as a path, where it is one: maps name them by URLs, relative or a bundler's own. */
function resolveSource(written: string, sourceRoot: string, place: Place): string {
  const isWhole = SCHEME.test(written) || isAbsolutePath(written) || sourceRoot === '';
  const source = isWhole ? written : `${sourceRoot.replace(/\/+$/, '')}/${written}`;
  const scheme = SCHEME.exec(source)?.[1]?.toLowerCase();
  if (scheme === 'file') return fileURLToPath(source);
  if (scheme === 'http' || scheme === 'https') return source;
  if (scheme !== undefined) return fromBundler(source, place.projectRoot);
  const path = attempt(() => decodeURIComponent(source)) ?? source;
  return isAbsolutePath(path) ? normalize(path) : join(place.folder, path);
}

/**
 * `webpack://name/./src/a.ts` and `turbopack:///[project]/src/a.ts` are paths from the project's
 * root. A bundler's own code (`webpack/bootstrap`, `[turbopack]/runtime.ts`, `external "fs"`) is none.
 */
function fromBundler(source: string, projectRoot: string): string {
  const path = source
    .replace(SCHEME, '')
    .replace(/^[^/]*\//, '')
    .replace(/^\[project\]\//, '')
    .replace(/\?.*$/s, '');
  if (path === '' || /^(?:webpack\/|external |[([])/.test(path)) return source;
  return isAbsolutePath(path) ? normalize(path) : join(projectRoot, path);
}

function locate(
  sections: readonly Section[],
  frame: StackFrame,
): { readonly section: Section; readonly at: Mapped } | undefined {
  if (frame.line === undefined || frame.column === undefined) return undefined;
  const line = frame.line - 1;
  const column = frame.column - 1;
  // Of an indexed map, the last section that begins before.
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

/**
 * The name a minified function had, by which ErrSight groups: minifiers deal names out anew with each
 * build. A map has no names of functions, but it has the name that stood where this one was called.
 */
function originalName(
  frame: StackFrame,
  caller: StackFrame | undefined,
  sections: readonly Section[],
): string | undefined {
  if (caller?.file !== frame.file || !MINIFIED.test(frame.function)) return undefined;
  const found = locate(sections, caller);
  const name = found?.at.name === undefined ? undefined : found.section.names[found.at.name];
  return typeof name === 'string' && name !== '' ? name : undefined;
}
