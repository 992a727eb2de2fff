import { createTracer, type FrameOptions } from '../stack/frames.ts';
import { parseFrameLine } from '../stack/frame-line.ts';
import { isObject } from '../../lib/safe-read.ts';
import { cut } from '../../lib/text.ts';
import type { Json, WalkBudget } from '../scrub/plain-copy.ts';
import type { Scrubber } from '../scrub/scrubber.ts';
import type { Frame } from '../event.ts';
import type { PausedFrame } from '../record.ts';

/** Frames with variables on an event. */
const MAX_FRAMES = 5;
/** UTF-16 units of one text. */
const MAX_TEXT = 200;
/** UTF-16 units of one frame's variables. */
const BUDGET: WalkBudget = { values: 200, characters: 20_000 };

/** The variables of a frame of the application where an error was thrown. */
export interface FrameVariables {
  /** The place of the frame: `src/cart.ts:42 in total`. */
  readonly frame: string;
  readonly variables: Json;
}

/** Makes the part of an event that shows the variables where an error was thrown. */
export type VariablesReader = (
  frames: readonly PausedFrame[],
) => readonly FrameVariables[] | undefined;

export function createVariablesReader(
  options: FrameOptions & { readonly scrub: Pick<Scrubber, 'value'> },
): VariablesReader {
  const traceOf = createTracer(options);

  /** The frame as the event shows it. Undefined if the frame is not the application's. */
  function shownFrame({ function: name, file, line, column }: PausedFrame): Frame | undefined {
    const text = `at ${file}:${line}:${column}`;
    const frame = parseFrameLine(text, 0, text.length);
    const [shown] = frame ? traceOf([{ ...frame, function: name }]).frames() : [];
    return shown?.in_app === true ? shown : undefined;
  }

  return (frames) => {
    const all = frames.flatMap((paused) => {
      const frame = shownFrame(paused);
      const variables = frame && shorten(options.scrub.value(paused.variables, BUDGET));
      if (!isObject(variables) || Object.keys(variables).length === 0) return [];
      return [{ frame: placeOf(frame as Frame), variables }];
    });
    return all.length === 0 ? undefined : all.slice(0, MAX_FRAMES);
  };
}

function placeOf({ filename, lineno, function: name }: Frame): string {
  const place = lineno === undefined ? filename : `${filename}:${lineno}`;
  return name === '' ? place : `${place} in ${name}`;
}

/** It runs after the scrubber, which has to see whole texts. */
function shorten(value: Json): Json {
  if (typeof value === 'string') return cut(value, MAX_TEXT);
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(shorten);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shorten(each)]));
}
