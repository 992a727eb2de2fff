import { attempt } from '../../lib/safe-read.ts';

/**
 * The URL in the last `//# sourceMappingURL=`. The file is not turned into a string, since an
 * inlined map is most of its bytes.
 */
export function mappingUrl(built: Buffer): string | undefined {
  const at = built.lastIndexOf('sourceMappingURL=');
  if (at < 4 || !/\/[/*][#@] $/.test(built.toString('latin1', at - 4, at))) return undefined;
  const url = /^[^\s'"*]+/.exec(built.toString('utf8', at + 'sourceMappingURL='.length))?.[0];
  // A map on another machine is not fetched. There may still be one beside the file.
  return url === undefined || /^(?!data:)[a-z][a-z0-9+.-]*:/i.test(url) ? undefined : url;
}

/**
 * The map of a module that a bundle contains as a text for `eval`. It is found by the name in that
 * text: `…//# sourceMappingURL=data:…\\n//# sourceURL=webpack-internal:///./src/a.ts\\n`.
 */
export function evaledMappingUrl(built: Buffer, name: string): string | undefined {
  const at = placeOfEvaled(built, name);
  if (at === undefined) return undefined;
  const begin = built.lastIndexOf('sourceMappingURL=data:', at);
  if (begin < 0 || begin < built.lastIndexOf(EVAL, at)) return undefined;
  const url = built.toString('latin1', begin + 'sourceMappingURL='.length, at);
  return /^[\w:/;=,+.%-]+/.exec(url)?.[0];
}

const EVAL = 'eval(';

/** Where the name of a module that runs with `eval` stands in the bundle. */
function placeOfEvaled(built: Buffer, name: string): number | undefined {
  for (let from = 0; ;) {
    const at = built.indexOf(`sourceURL=${name}`, from);
    if (at < 0) return undefined;
    from = at + 1;
    // Within a string a line ends with an escape, or with the string.
    const end = at + 10 + Buffer.byteLength(name);
    const next = built.toString('latin1', end, end + 1);
    if (next === '' || /[\\"'`\s]/.test(next)) return at;
  }
}

/** How many calls of `eval` in front of a name are tried: a module may have some in its own text. */
const MAX_CALLS = 20;

/** The text that the bundle gives to `eval` as this module, which bundlers write as JSON. */
export function evaledText(built: Buffer, name: string): string | undefined {
  const at = placeOfEvaled(built, name);
  if (at === undefined) return undefined;
  let end = at;
  while (end < built.length && (built[end] !== 0x22 || built[end - 1] === 0x5c)) end += 1;
  let call = built.lastIndexOf(EVAL, at);
  for (let tries = 0; call > 0 && tries < MAX_CALLS; tries += 1) {
    // `eval(__webpack_require__.ts("…"))` with trusted types.
    const before = /^eval\((?:[\w$.]{1,60}\()?(?=")/.exec(
      built.toString('latin1', call, call + 70),
    );
    const begin = call + (before?.[0].length ?? 0);
    const text =
      before && attempt(() => JSON.parse(built.toString('utf8', begin, end + 1)) as unknown);
    if (typeof text === 'string') return text;
    call = built.lastIndexOf(EVAL, call - 1);
  }
  return undefined;
}

/** How webpack and Rspack name a module that runs with `eval`: with a map, and without one behind its loaders. */
const EVALED = /^webpack-internal:\/\/|^(?:webpack|rspack):\/\/.*\?(?![\da-f]{4}$)/;

export function isEvaled(file: string): boolean {
  return EVALED.test(file);
}

export function fromDataUrl(url: string): string {
  const comma = url.indexOf(',');
  const data = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(';base64')
    ? Buffer.from(data, 'base64').toString()
    : decodeURIComponent(data);
}
