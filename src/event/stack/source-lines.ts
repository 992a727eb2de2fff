import { isMinifiedLine, MINIFIED_LINE } from './minified.ts';
import type { SourceTexts } from './source-text.ts';

/** A line of source and the lines around it, as ErrSight shows them. */
export interface SourceLines {
  readonly pre_context: string[];
  readonly context_line: string;
  readonly post_context: string[];
}

/**
 * Cuts out the lines around `line` (from 1) of `file`, or says with undefined that there are none to
 * show. With `content`, what a source map knows of a file, nothing is read.
 */
export type SourceReader = (
  file: string,
  line: number,
  content?: string,
) => SourceLines | undefined;

/** Lines before and after, as many as ErrSight's other clients send. */
const AROUND = 5;

/** Makes a reader of source lines that never throws. */
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
 * A line beside may be minified all the same. What is shown of a line is cut when it is scrubbed, or the
 * cut could hide half a secret from the scrubber.
 */
function bounded(line: string): string {
  return line.slice(0, MINIFIED_LINE);
}
