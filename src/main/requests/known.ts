import { Given } from '../../lib/given.ts';
import type { Scopes } from '../scopes.ts';
import type { RequestFacts } from './facts.ts';

/** What an object has to do with a request, in a private field of it. */
export interface Tie {
  readonly facts: RequestFacts;
  readonly scopes: Scopes;
  /** Whether it is the request itself, and no part of its answer. */
  readonly isRequest: boolean;
}

/** The objects of requests. */
export class Known extends Given {
  readonly #facts: RequestFacts;
  readonly #scopes: Scopes;

  private constructor(object: object, facts: RequestFacts, scopes: Scopes) {
    super(object);
    this.#facts = facts;
    this.#scopes = scopes;
  }

  /** Returns whether the object is known to be of this request from here on. */
  static add(object: object, facts: RequestFacts, scopes: Scopes): boolean {
    if (#facts in object) return object.#facts === facts;
    try {
      // oxlint-disable-next-line no-new -- the fields are on the object from here on
      new Known(object, facts, scopes);
      return true;
    } catch {
      // V8 may refuse that for some object some day.
      return false;
    }
  }

  static factsOf(object: object): RequestFacts | undefined {
    return #facts in object ? object.#facts : undefined;
  }

  /** Of an object, or of the one that somebody has made it of, with that as its prototype. */
  static find(object: object): Tie | undefined {
    let each: object | null = object;
    while (each !== null && !(#facts in each)) each = Reflect.getPrototypeOf(each);
    return each === null ? undefined : Known.#tieOf(each);
  }

  static #tieOf(known: Known): Tie {
    return {
      facts: known.#facts,
      scopes: known.#scopes,
      isRequest: (known.#facts.request as object) === known,
    };
  }
}
