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
  for (let from = 0; ;) {
    const at = built.indexOf(`sourceURL=${name}`, from);
    if (at < 0) return undefined;
    from = at + 1;
    // Within a string a line ends with an escape, or with the string.
    const next = built.toString('latin1', at + 10 + Buffer.byteLength(name)).at(0);
    if (next !== undefined && !/[\\"'`\s]/.test(next)) continue;
    const begin = built.lastIndexOf('sourceMappingURL=data:', at);
    if (begin < 0) return undefined;
    const url = built.toString('latin1', begin + 'sourceMappingURL='.length, at);
    return /^[\w:/;=,+.%-]+/.exec(url)?.[0];
  }
}

export function fromDataUrl(url: string): string {
  const comma = url.indexOf(',');
  const data = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(';base64')
    ? Buffer.from(data, 'base64').toString()
    : decodeURIComponent(data);
}
