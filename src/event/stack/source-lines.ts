import { isMinifiedLine, MINIFIED_LINE } from './minified.ts';
import type { SourceTexts } from './source-text.ts';

/** A line of source and the lines around it, as ErrSight shows them. */
export interface SourceLines {
  readonly pre_context: string[];
  readonly context_line: string;
  readonly post_context: string[];
}

/**
 * Returns the lines around `line` (from 1) of `file`. Undefined if there are none to show. With
 * `content`, the text in a source map, no file is read.
 */
export type SourceReader = (
  file: string,
  line: number,
  content?: string,
) => SourceLines | undefined;

/** How many lines before and after are sent, as by ErrSight's other clients. */
const AROUND = 5;

/** Makes a reader of source lines. It never throws. */
export function createSourceReader(texts: SourceTexts): SourceReader {
  return (file, line, content) => {
    const text = texts(file, content);
    return text && cutOut(text.lines, line);
  };
}

function cutOut(lines: readonly string[], line: number): SourceLines | undefined {
  const index = line - 1;
  const wanted = lines[index];
  // The beginning of a minified line says nothing about an error.
  if (wanted === undefined || isMinifiedLine(wanted)) return undefined;
  return {
    pre_context: lines.slice(Math.max(0, index - AROUND), index).map(bounded),
    context_line: wanted,
    post_context: lines.slice(index + 1, index + 1 + AROUND).map(bounded),
  };
}

/**
 * A neighbouring line may be minified too, so it is cut roughly. The scrubber makes the final cut,
 * since an earlier one could hide half a secret from it.
 */
function bounded(line: string): string {
  return line.slice(0, MINIFIED_LINE);
}
