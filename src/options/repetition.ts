/** One character of a pattern, or a group of them, and how often it may come. */
interface Part {
  /** The source of what matches one character. It is '' for a group. */
  readonly source: string;
  readonly alternatives: readonly (readonly Part[])[];
  readonly isRepeated: boolean;
  readonly isOptional: boolean;
}

/** A class, an escape, or one character. */
const ATOM =
  /\[(?:\\.|[^\]\\])*\]|\\(?:u\{[\dA-Fa-f]+\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|[pP]\{[^}]*\}|k<[^>]*>|.)|[^]/suy;
const QUANTIFIER = /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y;
const OPENING = /\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/y;

/**
 * Whether a pattern repeats what repeats itself. Such a pattern, as `/(a+)+$/`, may need years for
 * one line, since a text can be divided between both repetitions in too many ways. It is safe if
 * there is a character between them that its neighbours do not match, as in `/(\d+-)+/`.
 */
export function mayNeverEnd(pattern: RegExp): boolean {
  const { source, flags } = pattern;
  let at = 0;

  function alternatives(): Part[][] {
    const all: Part[][] = [[]];
    while (at < source.length && source[at] !== ')') {
      if (source[at] === '|') {
        all.push([]);
        at += 1;
      } else all.at(-1)?.push(part());
    }
    return all;
  }

  function part(): Part {
    const opening = matchAt(OPENING);
    if (opening !== '') {
      const inner = alternatives();
      at += 1;
      return { source: '', alternatives: inner, ...quantified() };
    }
    return { source: matchAt(ATOM), alternatives: [], ...quantified() };
  }

  function quantified(): Pick<Part, 'isRepeated' | 'isOptional'> {
    const sign = matchAt(QUANTIFIER);
    const most = /^\{\d+,(\d*)/.exec(sign)?.[1];
    const isOpen = /^[*+]/.test(sign) || most === '' || Number(most ?? 0) > 10;
    return { isRepeated: isOpen, isOptional: /^(?:[*?]|\{0)/.test(sign) };
  }

  function matchAt(expression: RegExp): string {
    expression.lastIndex = at;
    const found = expression.exec(source)?.[0] ?? '';
    at += found.length;
    return found;
  }

  return alternatives().some((each) => each.some((one) => isDangerous(one, flags)));
}

function isDangerous(part: Part, flags: string): boolean {
  const isAmbiguous = part.isRepeated && part.alternatives.length > 0 && sharesOut(part, flags);
  if (isAmbiguous) return true;
  return part.alternatives.some((each) => each.some((one) => isDangerous(one, flags)));
}

function sharesOut({ alternatives }: Part, flags: string): boolean {
  const isLoose = alternatives.some((each) => {
    const repeated = each.flatMap((one) => repeatedIn(one));
    if (repeated.length === 0) return false;
    return !each.some(
      (one) =>
        one.source !== '' &&
        !one.isRepeated &&
        !one.isOptional &&
        !repeated.some((other) => overlap(one.source, other, flags)),
    );
  });
  if (isLoose) return true;
  return alternatives.some((each, index) =>
    alternatives.slice(index + 1).some((other) => beginsAlike(each, other, flags)),
  );
}

/** What can come any number of times in a part. */
function repeatedIn(part: Part): readonly string[] {
  if (part.source !== '') return part.isRepeated ? [part.source] : [];
  const inner = part.alternatives.flat();
  return part.isRepeated ? inner.map((one) => one.source) : inner.flatMap((one) => repeatedIn(one));
}

/** Whether one alternative can match the beginning of another. */
function beginsAlike(first: readonly Part[], second: readonly Part[], flags: string): boolean {
  const length = Math.min(first.length, second.length);
  if (length === 0) return true;
  return Array.from({ length }, (_, index) => index).every((index) =>
    overlap(first[index]?.source ?? '', second[index]?.source ?? '', flags),
  );
}

/** Whether there is an ASCII character that both match. A group counts as matching any. */
function overlap(first: string, second: string, flags: string): boolean {
  if (first === '' || second === '' || first === second) return true;
  const [one, other] = [first, second].map(
    (source) => new RegExp(`^(?:${source})$`, flags.replaceAll(/[gy]/g, '')),
  );
  for (let unit = 9; unit < 128; unit += 1) {
    const sign = String.fromCharCode(unit);
    if (one?.test(sign) === true && other?.test(sign) === true) return true;
  }
  return false;
}
