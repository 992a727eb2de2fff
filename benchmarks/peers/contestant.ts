/** What takes part in the comparison, and what it is asked to do. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MeasureName } from './measures.ts';

/** What belongs together: only contestants of one kind are compared with each other. */
export type Kind = 'pino' | 'winston' | 'bunyan' | 'direct';

/** `base` is the logger alone, which writes to nowhere. */
export type Role = 'base' | 'ours' | 'peer';

export type Fields = Readonly<Record<string, unknown>>;

/** An error as an application has it: with the ten fields that its log line has beside it. */
export interface Failure {
  readonly error: Error;
  readonly message: string;
  readonly fields: Fields;
}

/** A contestant at work. */
export interface Opened {
  /** When what sends is there, if that takes its time. */
  readonly ready?: Promise<unknown> | undefined;
  /** Logs or captures an error. */
  fail(failure: Failure): void;
  /** Logs a line below the threshold. What is no logger has none. */
  readonly line?: ((fields: Fields, message: string) => void) | undefined;
  /** Waits until everything has arrived that will, in the way that its documentation tells. */
  close(): Promise<unknown>;
}

/** Modules as a program in the contestant's folder finds them. */
export interface Modules {
  readonly load: <T>(name: string) => Promise<T>;
  /** The path of a module that a worker loads: the one that pino finds by its name. */
  readonly resolve: (name: string) => string;
}

export interface Opening extends Modules {
  /** Where the server listens: an origin. */
  readonly url: string;
  /**
   * Whether lines below `error` are logged too. A peer without a threshold of its own then gets one
   * from its logger; where only errors are logged it is spared what that costs.
   */
  readonly isMixed: boolean;
}

export interface Contestant {
  readonly name: string;
  readonly kind: Kind;
  readonly role: Role;
  /** What is installed: exact versions. */
  readonly packages: Readonly<Record<string, string>>;
  /** What of it an application imports, or its logger does in a worker. */
  readonly module: string;
  /** Sends from a thread of its own. */
  readonly isWorker?: boolean;
  /** Takes part in nothing but this. */
  readonly only?: MeasureName;
  open(opening: Opening): Promise<Opened>;
}

/** Stands for the package in this repository, packed as it would be published. */
export const PACKED = 'packed';

/** The file by which `modulesOf` finds what a folder has installed. */
export const LOADER = 'load.mjs';

export const LOADER_SOURCE = `import { createRequire } from 'node:module';
export const load = (name) => import(name);
export const { resolve } = createRequire(import.meta.url);
`;

export async function modulesOf(folder: string): Promise<Modules> {
  return (await import(pathToFileURL(join(folder, LOADER)).href)) as Modules;
}
