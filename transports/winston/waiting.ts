import { attempt, isObject, read } from '../../src/lib/safe-read.ts';

/** A list of what a stream holds, as the streams of winston have it. */
interface Entry {
  readonly data?: unknown;
  readonly chunk?: unknown;
  readonly next?: Entry | null;
}

/** What a logger is, as far as it matters here: a stream that formats. */
interface LoggerState {
  readonly silent?: boolean;
  readonly _readableState?: { readonly buffer?: { readonly head?: Entry | null } };
  readonly _transformState?: { readonly writechunk?: unknown };
  readonly _writableState?: { readonly bufferedRequest?: Entry | null };
}

/** A line that has not reached the transports. */
export interface Waiting {
  /** The object that was logged, or that the format has made of it. */
  readonly info: object;
  /** What the transports will get; undefined where the format leaves the line out. */
  readonly formatted: () => object | undefined;
}

/**
 * The lines that wait in a logger beside a slow transport, in their order: up to 16 are formatted, all
 * others wait for that. Looks only: the logger hands them on later, if there is a later.
 */
export function waitingIn(logger: object): Waiting[] {
  const {
    silent,
    _readableState: readable,
    _transformState: transform,
    _writableState: writable,
  } = logger as LoggerState;
  const formatted = entriesOf(readable?.buffer?.head, 'data');
  const raw = [transform?.writechunk, ...entriesOf(writable?.bufferedRequest, 'chunk')].filter(
    isObject,
  );
  return [
    ...formatted.map((info) => ({ info, formatted: () => info })),
    ...(silent === true ? [] : raw).map((info) => ({
      info,
      formatted: () => format(logger, info),
    })),
  ];
}

function entriesOf(head: Entry | null | undefined, key: 'data' | 'chunk'): object[] {
  const infos: object[] = [];
  for (let entry = head; isObject(entry); entry = entry.next) {
    const info = entry[key];
    if (isObject(info)) infos.push(info);
  }
  return infos;
}

/** Formats a copy: the logger will do it once more with the original. */
function format(logger: object, info: object): object | undefined {
  const result = attempt(() => {
    const by = read(logger, 'format');
    const transform = isObject(by) ? read(by, 'transform') : undefined;
    if (!isObject(by) || typeof transform !== 'function') return undefined;
    const copy = Object.create(
      Reflect.getPrototypeOf(info),
      Object.getOwnPropertyDescriptors(info),
    ) as object;
    return transform.call(by, copy, read(by, 'options')) as unknown;
  });
  return isObject(result) ? result : undefined;
}
