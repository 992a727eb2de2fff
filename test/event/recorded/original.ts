import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { Place } from './recording.ts';

/** The original place of one in a built file, and the function that a comment there names. */
export type MapReader = (
  file: string,
  line: number,
  column: number,
) => (Place & { readonly function: string }) | undefined;

const INLINE = /^\/\/# sourceMappingURL=data:application\/json;base64,(.+)$/m;

/**
 * Reads the maps that tsc and esbuild made. A place that is in no built file is undefined; one whose
 * original line has no comment `// at: function` throws, for then map and comment disagree.
 */
export function createMapReader(): MapReader {
  const maps = new Map<string, TraceMap | undefined>();

  return (file, line, column) => {
    if (!maps.has(file)) maps.set(file, readMap(file));
    const map = maps.get(file);
    if (!map) return undefined;
    const found = originalPositionFor(map, { line, column: column - 1 });
    if (found.source === null) return undefined;
    const source = join(dirname(file), found.source);
    const text = readFileSync(source, 'utf8').split('\n')[found.line - 1] ?? '';
    const name = /\/\/ at: (.+)$/.exec(text)?.[1];
    if (name === undefined) throw new Error(`${source}:${found.line} names no function: ${text}`);
    return {
      file: source,
      line: found.line,
      column: found.column + 1,
      function: name === '-' ? '' : name,
    };
  };
}

function readMap(file: string): TraceMap | undefined {
  if (!file.includes('/dist/') || !file.endsWith('.js')) return undefined;
  if (existsSync(`${file}.map`)) return new TraceMap(readFileSync(`${file}.map`, 'utf8'));
  const inline = INLINE.exec(readFileSync(file, 'utf8'))?.[1];
  return inline === undefined
    ? undefined
    : new TraceMap(Buffer.from(inline, 'base64').toString('utf8'));
}
