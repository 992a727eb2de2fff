import { Given } from '../../lib/given.ts';
import type { Scopes } from '../scopes.ts';
import type { RequestFacts } from './facts.ts';

/** How an object belongs to a request. It is kept in a private field of the object. */
export interface Tie {
  readonly facts: RequestFacts;
  readonly scopes: Scopes;
  /** Whether it is the request itself, and not its answer. */
  readonly isRequest: boolean;
}

/** Marks the objects that belong to requests. */
export class Known extends Given {
  readonly #facts: RequestFacts;
  readonly #scopes: Scopes;

  private constructor(object: object, facts: RequestFacts, scopes: Scopes) {
    super(object);
    this.#facts = facts;
    this.#scopes = scopes;
  }

  /** Marks an object as one of this request. Returns whether that worked. */
  static add(object: object, facts: RequestFacts, scopes: Scopes): boolean {
    if (#facts in object) return object.#facts === facts;
    try {
      // oxlint-disable-next-line no-new -- the fields are on the object from here on
      new Known(object, facts, scopes);
      return true;
    } catch {
      // A later V8 may refuse this for some objects.
      return false;
    }
  }

  static factsOf(object: object): RequestFacts | undefined {
    return #facts in object ? object.#facts : undefined;
  }

  /**
   * The tie of an object, or of one in its chain of prototypes: somebody may have made the object
   * from a request.
   */
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
