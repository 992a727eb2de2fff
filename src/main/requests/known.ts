import { Given } from '../../lib/given.ts';
import type { Scopes } from '../scopes.ts';
import type { RequestFacts } from './facts.ts';

/** How an object belongs to a request. It is kept in a private field of the object, since each `emit` asks for it. */
export interface Tie {
  readonly facts: RequestFacts;
  readonly scopes: Scopes;
  /** Whether it is the request itself, and not its answer. */
  readonly isRequest: boolean;
}

/** Marks the objects that belong to requests. */
export class Known extends Given {
  readonly #tie: Tie;

  private constructor(object: object, tie: Tie) {
    super(object);
    this.#tie = tie;
  }

  /** Marks an object as one of this request. Returns whether that worked. */
  static add(object: object, facts: RequestFacts, scopes: Scopes): boolean {
    if (#tie in object) return object.#tie.facts === facts;
    try {
      // oxlint-disable-next-line no-new -- the field is on the object from here on
      new Known(object, { facts, scopes, isRequest: facts.request === object });
      return true;
    } catch {
      // A later V8 may refuse this for some objects.
      return false;
    }
  }

  static factsOf(object: object): RequestFacts | undefined {
    return #tie in object ? object.#tie.facts : undefined;
  }

  /**
   * The tie of an object, or of one in its chain of prototypes: somebody may have made the object
   * from a request.
   */
  static find(object: object): Tie | undefined {
    let each: object | null = object;
    while (each !== null && !(#tie in each)) each = Reflect.getPrototypeOf(each);
    return each === null ? undefined : each.#tie;
  }
}
