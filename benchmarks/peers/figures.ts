/** What was measured: for each contestant and figure a value of each turn. */
import type { Contestant, Kind } from './contestant.ts';
import { CONTESTANTS } from './contestants.ts';

export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly digits: number;
}

/** All figures, in the order in which they are shown. */
export const FIGURES: readonly Figure[] = [
  { key: 'errors.mainUs', title: 'main thread, µs of CPU for each error', digits: 1 },
  { key: 'errors.allUs', title: 'whole process, µs of CPU for each error', digits: 1 },
  { key: 'errors.lost', title: 'errors lost of 960 that came slowly', digits: 0 },
  { key: 'burst.perSecond', title: 'errors of a burst delivered each second', digits: 0 },
  {
    key: 'burst.perCpuSecond',
    title: 'errors of a burst delivered for each second of CPU of the worker',
    digits: 0,
  },
  { key: 'burst.lost', title: 'errors of a burst of 5,000 lost', digits: 0 },
  { key: 'burst.peakMb', title: 'peak memory in that burst, MB', digits: 0 },
  {
    key: 'lines.mainUs',
    title: 'main thread, µs of CPU for each line below the threshold',
    digits: 2,
  },
  { key: 'lines.allMs', title: 'whole process, ms of CPU for 200,000 such lines', digits: 0 },
  { key: 'one.ms', title: 'a process that logs one error and closes, ms', digits: 0 },
  { key: 'one.cpuMs', title: 'the same, ms of CPU', digits: 0 },
  { key: 'one.lost', title: 'that one error lost', digits: 0 },
  { key: 'import.ms', title: 'import, ms over bare Node', digits: 1 },
  { key: 'import.cpuMs', title: 'the same, ms of CPU', digits: 1 },
  { key: 'size.mb', title: 'installed beside the logger, MB', digits: 2 },
  { key: 'size.packages', title: 'packages beside the logger', digits: 0 },
];

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export class Figures {
  readonly #values = new Map<string, number[]>();

  add(contestant: Contestant, key: string, value: number): void {
    const id = idOf(contestant.name, key);
    const values = this.#values.get(id);
    if (values === undefined) this.#values.set(id, [value]);
    else values.push(value);
  }

  /** The values of all turns; none for what was not measured. */
  values(name: string, key: string): readonly number[] {
    return this.#values.get(idOf(name, key)) ?? [];
  }

  spread(name: string, key: string): Spread | undefined {
    return spreadOf(this.values(name, key));
  }

  /** How many times that of another, of the same turn. */
  ratio(name: string, other: string, key: string): Spread | undefined {
    const others = this.values(other, key);
    return spreadOf(
      this.values(name, key).flatMap((value, turn) => {
        const beside = others[turn];
        return beside === undefined ? [] : [value / beside];
      }),
    );
  }

  /** Those of a kind that were measured, by their medians, the least first. */
  ranking(
    kind: Kind,
    key: string,
    isMeant: (contestant: Contestant) => boolean,
  ): readonly Ranked[] {
    return CONTESTANTS.filter((each) => each.kind === kind && isMeant(each))
      .flatMap((contestant) => {
        const spread = this.spread(contestant.name, key);
        return spread === undefined ? [] : [{ contestant, median: spread.median }];
      })
      .toSorted((a, b) => a.median - b.median);
  }

  toJSON(): unknown {
    return Object.fromEntries(
      CONTESTANTS.map(({ name }) => [
        name,
        Object.fromEntries(
          FIGURES.map(({ key }) => [key, this.values(name, key)] as const).filter(
            ([, values]) => values.length > 0,
          ),
        ),
      ]),
    );
  }
}

export interface Ranked {
  readonly contestant: Contestant;
  readonly median: number;
}

function idOf(name: string, key: string): string {
  return `${name}\n${key}`;
}

function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const middle = sorted.slice(
    Math.floor((sorted.length - 1) / 2),
    Math.floor(sorted.length / 2) + 1,
  );
  if (min === undefined || max === undefined) return undefined;
  return { median: middle.reduce((sum, value) => sum + value, 0) / middle.length, min, max };
}
