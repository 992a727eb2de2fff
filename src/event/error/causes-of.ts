import { elementsOf, isObject, read } from '../../lib/safe-read.ts';
import { isErrorInstance } from './class.ts';

/** The most causes of an error that are looked at. */
const CAUSES = 10;

/** The causes of an error, nearest first, and the members of an AggregateError. */
export function causesOf(error: unknown): readonly unknown[] {
  const all = new Set([error]);
  // The loop also comes to what is added meanwhile.
  for (const each of all) {
    if (!isObject(each)) continue;
    // Validators list plain objects, which are no errors of their own.
    const members = elementsOf(read(each, 'errors'), CAUSES).filter(
      (member) => !isObject(member) || isErrorInstance(member),
    );
    for (const inner of [read(each, 'cause'), ...members]) {
      if (inner !== undefined && inner !== null && all.size <= CAUSES) all.add(inner);
    }
  }
  return [...all].slice(1);
}
