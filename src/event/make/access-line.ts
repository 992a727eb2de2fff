/** A request as a line of an access log tells it. Numbers are still texts. */
interface AccessLine {
  readonly method: string;
  readonly url: string;
  readonly status?: string;
  readonly responseTime?: string;
}

const REQUEST = '(?<method>[A-Z-]{1,20}) (?<url>\\S{1,8000})';
const STATUS = '(?<status>\\d{3}|-)';
const TIME = '(?<responseTime>[\\d.]{1,20}|-)';

/**
 * All patterns are anchored, and no part can match in two ways. So a hostile line costs one pass.
 */
const FORMS: readonly RegExp[] = [
  // morgan's combined, common and default; Apache's and nginx's
  `\\S{1,100} \\S{1,200} \\S{1,200} \\[[^\\]]{1,100}\\] "${REQUEST} HTTP/[\\d.]{1,5}" ${STATUS} `,
  // short
  `\\S{1,100} \\S{1,200} ${REQUEST} HTTP/[\\d.]{1,5} ${STATUS} \\S{1,20} - ${TIME} ms$`,
  // tiny
  `${REQUEST} ${STATUS} \\S{1,20} - ${TIME} ms$`,
  // dev
  `${REQUEST} ${STATUS} ${TIME} ms - \\S{1,20}$`,
].map((form) => new RegExp(`^${form}`));

/** What a line in one of morgan's formats says of a request. Undefined for any other line. */
export function parseAccessLine(line: string): AccessLine | undefined {
  // Nearly all lines are something else. Each format has one of these.
  if (!line.includes(' HTTP/') && !line.includes(' ms')) return undefined;
  for (const form of FORMS) {
    const groups = form.exec(line)?.groups;
    if (groups !== undefined) return groups as unknown as AccessLine;
  }
  return undefined;
}
