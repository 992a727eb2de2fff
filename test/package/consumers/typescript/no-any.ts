// Compiles only while no `any` is in what the entries export: it would switch off every check.
import type * as direct from 'errsight';
import type * as target from 'errsight/pino';
import type { Writable } from 'node:stream';

type IsAny<T> = 0 extends 1 & T ? true : false;

/** What is looked into no further: the language's own and Node's, of which some hold `any`. */
type Leaf =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | RegExp
  | Date
  | Uint8Array
  | AbortSignal;

/** The paths at which a type holds `any`, nine levels deep; never where it holds none. */
type AnyIn<T, Path extends string, Depth extends readonly 0[] = []> =
  IsAny<T> extends true
    ? Path
    : unknown extends T
      ? never
      : Depth['length'] extends 9
        ? never
        : T extends Leaf
          ? never
          : T extends Promise<infer Value>
            ? AnyIn<Value, `${Path}>`, [...Depth, 0]>
            : T extends readonly (infer Item)[]
              ? AnyIn<Item, `${Path}[]`, [...Depth, 0]>
              : T extends (...args: infer Args) => infer Result
                ? | AnyIn<Args[number], `${Path}(_)`, [...Depth, 0]>
                  | AnyIn<Result, `${Path}()`, [...Depth, 0]>
                : T extends object
                  ? AnyInProperties<T, Path, [...Depth, 0]>
                  : never;

type AnyInProperties<T extends object, Path extends string, Depth extends readonly 0[]> = {
  [Key in keyof T]-?: AnyIn<T[Key], `${Path}.${Key & (string | number)}`, Depth>;
}[keyof T];

/** Has to be given a type without `any`. */
type Never<T extends never> = T;

// A CommonJS module has itself as its default.
export type Direct = Never<
  AnyIn<Omit<typeof direct, 'default' | 'withScope' | 'OptionError'>, 'errsight'>
>;
export type DirectTypes = Never<
  AnyIn<
    {
      Context: direct.Context;
      ErrsightEvent: direct.ErrsightEvent;
      EventInput: direct.EventInput;
      InitOptions: direct.InitOptions;
      OptionError: Omit<direct.OptionError, keyof Error>;
      Scope: direct.Scope;
      Stats: direct.Stats;
    },
    'errsight'
  >
>;
export type Scoped = Never<AnyIn<Parameters<typeof direct.withScope>, 'withScope'>>;
export type TargetOptions = Never<
  AnyIn<
    [target.PinoTransportOptions, target.PinoStreamOptions, Parameters<typeof target.default>],
    'errsight/pino'
  >
>;
export type PinoOptions = Never<AnyIn<direct.WithErrsightOptions, 'withErrsight'>>;
// Node's own types of a stream are full of it.
export type Stream = Never<AnyIn<Omit<target.LineStream, keyof Writable>, 'LineStream'>>;

// And it is found where there is one.
type Planted = {
  options: { hook?: (event: { data: Record<string, any>[] }) => void };
  later: () => Promise<any>;
};
export const found: Record<AnyIn<Planted, 'planted'>, true> = {
  'planted.options.hook(_).data[].string': true,
  'planted.later()>': true,
};
