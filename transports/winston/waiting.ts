import { attempt, isObject, read } from '../../src/lib/safe-read.ts';

/** An entry in the list in which a stream of winston keeps its chunks. */
interface Entry {
  readonly data?: unknown;
  readonly chunk?: unknown;
  readonly next?: Entry | null;
}

/** The part of a logger that matters here: a stream that formats. */
interface LoggerState {
  readonly silent?: boolean;
  readonly _readableState?: { readonly buffer?: { readonly head?: Entry | null } };
  readonly _transformState?: { readonly writechunk?: unknown };
  readonly _writableState?: { readonly bufferedRequest?: Entry | null };
}

/** A line that has not reached the transports yet. */
export interface Waiting {
  /** The logged object, or the one that the format has made of it. */
  readonly info: object;
  /** Returns what the transports will get. Undefined if the format drops the line. */
  readonly formatted: () => object | undefined;
}

/**
 * The lines that wait in a logger with a slow transport, in their order. Up to 16 are formatted
 * already. Nothing is removed: the logger still passes them on, unless the process ends.
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

/** Formats a copy, since the logger will format the original later. */
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
