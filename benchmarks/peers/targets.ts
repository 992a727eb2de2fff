/** What is wanted of ours, and whether it holds. */
import type { Contestant, Kind } from './contestant.ts';
import type { Figures } from './figures.ts';

export interface Verdict {
  readonly target: string;
  /** undefined: what it needs was not measured. */
  readonly isMet: boolean | undefined;
  readonly found: string;
}

export function judge(figures: Figures): readonly Verdict[] {
  return [
    atMostTimes(
      figures,
      'errsight/pino',
      'pino/file',
      'errors.mainUs',
      1.02,
      'main thread for each error',
    ),
    nothingLost(figures, 'errsight/pino'),
    atMostTimes(
      figures,
      'errsight/pino, withErrsight',
      'pino/file',
      'errors.mainUs',
      1.3,
      'main thread for each error',
    ),
    beatsPeers(
      figures,
      'errsight/pino',
      'pino',
      'burst.perCpuSecond',
      "events for each second of the worker's CPU",
    ),
    atMostPeers(figures, 'errsight/pino', 'pino', 'burst.peakMb', 'peak memory', isWorker),
    atMostTimes(figures, 'errsight/pino', 'pino/file', 'lines.allMs', 1, '200,000 lines, trail on'),
    ...LINES.map(([name, base, limit]) =>
      atMostTimes(figures, name, base, 'lines.allMs', limit, '200,000 lines'),
    ),
    atMostPeers(figures, 'errsight/pino, trail off', 'pino', 'lines.allMs', '200,000 lines'),
    atMostTimes(
      figures,
      'errsight/winston',
      'winston, null stream',
      'errors.mainUs',
      3,
      'main thread for each error',
    ),
    atMostTimes(
      figures,
      'errsight/bunyan',
      'bunyan, null stream',
      'errors.mainUs',
      4,
      'main thread for each error',
    ),
    atMostTimes(
      figures,
      'errsight',
      '@sentry/node',
      'errors.mainUs',
      0.25,
      'captureException, main thread',
    ),
    atMost(figures, 'errsight', 'import.ms', 15, 'import, ms over bare Node'),
    ...(['pino', 'winston', 'bunyan', 'direct'] as const).flatMap((kind) =>
      (['one.cpuMs', 'one.ms'] as const).map((key) =>
        atMostPeers(
          figures,
          kind === 'direct' ? 'errsight' : `errsight/${kind}`,
          kind,
          key,
          `one error and a clean close, ms${key === 'one.cpuMs' ? ' of CPU' : ''}`,
          // Who is fast because it does not wait for its error is no measure.
          ({ name }) => figures.spread(name, 'one.lost')?.max === 0,
        ),
      ),
    ),
  ];
}

/** What lines below the threshold may cost, against the logger alone. */
const LINES: readonly (readonly [name: string, base: string, limit: number])[] = [
  ['errsight/pino, trail off', 'pino/file', 1.02],
  ['errsight/winston', 'winston, null stream', 1.25],
  ['errsight/winston, trail off', 'winston, null stream', 1.02],
  ['errsight/bunyan', 'bunyan, null stream', 1.25],
  ['errsight/bunyan, trail off', 'bunyan, null stream', 1.02],
];

function isWorker(contestant: Contestant): boolean {
  return contestant.isWorker === true;
}

function atMostTimes(
  figures: Figures,
  name: string,
  other: string,
  key: string,
  limit: number,
  what: string,
): Verdict {
  const ratio = figures.ratio(name, other, key);
  return {
    target: `${name}: ${what}: at most ×${limit.toFixed(2)} of ${other}`,
    isMet: ratio && ratio.median <= limit,
    found: ratio
      ? `×${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`
      : '',
  };
}

function atMost(figures: Figures, name: string, key: string, limit: number, what: string): Verdict {
  const spread = figures.spread(name, key);
  return {
    target: `${name}: ${what}: at most ${limit}`,
    isMet: spread && spread.median <= limit,
    found: spread ? spread.median.toFixed(1) : '',
  };
}

function nothingLost(figures: Figures, name: string): Verdict {
  const lost = figures.spread(name, 'burst.lost');
  return {
    target: `${name}: nothing lost of a burst of 5,000`,
    isMet: lost && lost.max === 0,
    found: lost ? `${lost.max} lost at most` : '',
  };
}

function atMostPeers(
  figures: Figures,
  name: string,
  kind: Kind,
  key: string,
  what: string,
  counts: (contestant: Contestant) => boolean = () => true,
): Verdict {
  const [best] = figures.ranking(kind, key, (each) => each.role === 'peer' && counts(each));
  return beside(
    figures,
    name,
    key,
    `${what}: no more than any peer`,
    best,
    (ours, peer) => ours <= peer,
  );
}

function beatsPeers(
  figures: Figures,
  name: string,
  kind: Kind,
  key: string,
  what: string,
): Verdict {
  const best = figures.ranking(kind, key, (each) => each.role === 'peer').at(-1);
  return beside(
    figures,
    name,
    key,
    `${what}: as many as the best peer`,
    best,
    (ours, peer) => ours >= peer,
  );
}

function beside(
  figures: Figures,
  name: string,
  key: string,
  what: string,
  best: { readonly contestant: Contestant; readonly median: number } | undefined,
  holds: (ours: number, peer: number) => boolean,
): Verdict {
  const ours = figures.spread(name, key);
  const isKnown = ours !== undefined && best !== undefined;
  return {
    target: `${name}: ${what}`,
    isMet: isKnown ? holds(ours.median, best.median) : undefined,
    found: isKnown
      ? `${ours.median.toFixed(0)}, ${best.contestant.name} ${best.median.toFixed(0)}`
      : '',
  };
}
