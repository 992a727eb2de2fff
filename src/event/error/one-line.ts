import { isObject, read } from '../../lib/safe-read.ts';
import { loadMaking } from '../late-making.cts';
import { lateScrubber } from '../scrub/late-scrubber.ts';
import { constructorName, isErrorInstance, mostSpecific } from './class.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

/** UTF-16 units of a message in a line on stderr, which has 1,000 in all. */
const MESSAGE = 1_000;

type Texts = Pick<Scrubber, 'text'>;
let standard: Texts | undefined;

/** For those who have no scrubber with the application's options. */
function scrubber(): Texts {
  standard ??= lateScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: undefined });
  return standard;
}

/**
 * What was thrown, and where, for a line on stderr, in which no secret stands either: in a hook this can
 * be anything, also what `inspect` fails on.
 */
export function describe(error: unknown, scrub: Texts = scrubber()): string {
  const { class: name, message, frames } = loadMaking().describeThrown(error);
  const [top] = frames;
  return `${name}: ${scrub.text(message, MESSAGE)}${top === undefined ? '' : ` (${top.file}:${top.line})`}`;
}

/**
 * An error as a breadcrumb shows it: class and message, since a stack would be longer than all
 * other breadcrumbs together. A value without a message stays as it is.
 */
export function inOneLine(thrown: unknown): unknown {
  if (!isObject(thrown)) return thrown;
  const message = read(thrown, 'message');
  if (typeof message !== 'string') return thrown;
  // pino's serializer calls the class `type`. On an Error itself `type` can be anything.
  const names = isErrorInstance(thrown)
    ? [read(thrown, 'name'), constructorName(thrown)]
    : [read(thrown, 'type'), read(thrown, 'name')];
  const name = mostSpecific(names);
  return name === undefined ? message : `${name}: ${message}`;
}
