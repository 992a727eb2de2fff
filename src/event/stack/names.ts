import type { StackFrame } from './frame-line.ts';
import { withoutMinified } from './minified.ts';
import type { SourceFunction } from './functions.ts';

/** The name of a frame's function, as it is shown. */
export interface FunctionName {
  readonly name: string;
  /** Whether no other function in its file has this name. Then ErrSight groups by it. */
  readonly isTelling: boolean;
}

/** What is known about a frame's function besides V8's name. */
export interface NameSources {
  /** Whether a source map leads from the frame to another file. */
  readonly isMapped: boolean;
  /** The name in the map, if it is certainly this function's. */
  readonly mapName: string | undefined;
  /**
   * The function at this place of the source. `'none'` outside of all functions. Undefined if the
   * source can't be read.
   */
  readonly found: SourceFunction | 'none' | undefined;
  /** Whether the source itself ran, so that V8's names are the source's. */
  readonly isExact: boolean;
}

/** Minifiers give names of one to three letters. */
const MINIFIED = /^[\w$]{1,3}$/;

/**
 * What V8 writes before a function that was called on such an object. It can differ for each call.
 */
const BUILT_IN_RECEIVER =
  /^(?:Object|Function|Array|Map|Set|Promise|Timeout|Immediate|process|global|globalThis|Module|exports|module)\.(?=.)/;

/** Code that initialises a class or its fields. Only V8 has a name for it. */
const INITIALIZER = /(?:^|\.)(<\w+_initializer>)$/;

/** The result of `nameOf` for a function without a name. */
const NAMELESS: FunctionName = { name: '', isTelling: false };

export function nameOf(frame: StackFrame, sources: NameSources): FunctionName {
  const { found, isMapped, mapName, isExact } = sources;
  const written = ownName(frame.function);
  const initializer = INITIALIZER.exec(frame.function)?.[1];
  if (initializer !== undefined) return { name: initializer, isTelling: false };
  // The place is the call of `eval`. The name is that of the code which it made.
  if (frame.isEval === true) {
    // So V8 calls the code itself.
    const name = /^(?:eval|anonymous)$/.test(written) ? '' : written;
    return { name, isTelling: name !== '' };
  }
  if (found === undefined) return withoutSource(written, isMapped, mapName);
  const isTrusted = isExact && !MINIFIED.test(bareName(written));
  if (found === 'none') return isTrusted ? telling(written) : NAMELESS;
  // A computed name is V8's alone: behind a map it is a built file's.
  if (found.name === undefined) {
    return isMapped || withoutMinified(written) !== written ? NAMELESS : telling(written);
  }
  if (found.name === '') return NAMELESS;
  // The file may have changed since it was loaded, or the function may have got another name.
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

/** V8's name, without the part that says how the function was called. */
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
