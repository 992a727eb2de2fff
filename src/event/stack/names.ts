import type { StackFrame } from './frame-line.ts';
import type { SourceFunction } from './functions.ts';

/** The name of a frame's function, as it is shown. */
export interface FunctionName {
  readonly name: string;
  /** Whether it tells the function from all others in its file. ErrSight groups by it then. */
  readonly isTelling: boolean;
}

/** What is known of a frame's function beside what V8 wrote. */
export interface NameSources {
  /** Whether a source map leads from the frame to another file. */
  readonly isMapped: boolean;
  /** The name that the map has, checked to be this function's. */
  readonly mapName: string | undefined;
  /**
   * The function at this place of the source: `'none'` outside of all functions; undefined where the
   * source is not at hand.
   */
  readonly found: SourceFunction | 'none' | undefined;
  /** Whether what ran is the source itself, so that V8's names are the source's. */
  readonly isExact: boolean;
}

/** Names that a minifier gives have one to three letters. */
const MINIFIED = /^[\w$]{1,3}$/;

/** What V8 writes before a function that was called on such an object. It differs from call to call. */
const BUILT_IN_RECEIVER =
  /^(?:Object|Function|Array|Map|Set|Promise|Timeout|Immediate|process|global|globalThis|Module|exports|module)\.(?=.)/;

/** Code that runs for a class when it is made; of it only V8 knows the name. */
const INITIALIZER = /(?:^|\.)(<\w+_initializer>)$/;

/** What `nameOf` says of a function that has no name. */
const NAMELESS: FunctionName = { name: '', isTelling: false };

/** The name of a frame's function. */
export function nameOf(frame: StackFrame, sources: NameSources): FunctionName {
  const { found, isMapped, mapName, isExact } = sources;
  const written = ownName(frame.function);
  const initializer = INITIALIZER.exec(frame.function)?.[1];
  if (initializer !== undefined) return { name: initializer, isTelling: false };
  // The place is the call of `eval`, the name is of the code that it made.
  if (frame.isEval === true) return { name: written, isTelling: written !== '' };
  if (found === undefined) return withoutSource(written, isMapped, mapName);
  const isTrusted = isExact && !MINIFIED.test(bareName(written));
  if (found === 'none') return isTrusted ? telling(written) : NAMELESS;
  if (found.name === undefined) return isMapped ? NAMELESS : telling(written);
  if (found.name === '') return NAMELESS;
  // The file may have changed since the function was made, or the function was given another name.
  const isOther = isTrusted && written !== '' && bareName(written) !== bareName(found.name);
  return isOther ? telling(written) : { name: found.name, isTelling: !found.isAmbiguous };
}

function withoutSource(
  written: string,
  isMapped: boolean,
  mapName: string | undefined,
): FunctionName {
  if (mapName !== undefined) return telling(mapName);
  return isMapped && MINIFIED.test(bareName(written)) ? NAMELESS : telling(written);
}

function telling(name: string): FunctionName {
  return { name, isTelling: name !== '' };
}

/** What V8 wrote, without what only says how the function was called. */
function ownName(written: string): string {
  // `process.<anonymous>` and `Timeout._onTimeout` are functions without a name.
  if (/(?:^|\.)(?:<anonymous>|_onTimeout)$/.test(written)) return '';
  return written.replace(BUILT_IN_RECEIVER, '');
}

/** `save` of `Till.save`, `total` of `get total`, `Till` of `new Till`. */
export function bareName(name: string): string {
  const plain = name.replace(/^(?:new|get|set) /, '');
  const bare = plain.slice(plain.lastIndexOf('.') + 1);
  return bare.replace(/^(?:get|set) /, '');
}
