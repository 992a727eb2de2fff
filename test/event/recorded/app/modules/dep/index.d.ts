export function check(value: number): number;
export function each<T, R>(values: readonly T[], action: (value: T) => R): R[];
export class Checker {
  check(value: number): number;
}
