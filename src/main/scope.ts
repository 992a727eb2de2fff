import { lastOf } from '../event/make/breadcrumbs.ts';
import { attempt, copyOf, isArray, isObject, read } from '../lib/safe-read.ts';
import { currentSpan, traced } from './span.ts';
import { Steps, withdrawals, type CrumbMaker, type Made, type Step } from './steps.ts';
import type { Origin } from './origin.ts';
import type { DataRules } from './requests/data.ts';
import type { Breadcrumb, User } from '../event/event.ts';
import type { LevelName } from '../options/options.ts';
import type { BreadcrumbInput, Context, Span, TagValue } from '../event/record.ts';

/** The most that ErrSight keeps on one event. */
const CRUMBS = 50;

/** A scope as JSON, for another process. There `Scope.from` makes a scope of it again. */
export interface ScopeJson {
  readonly user?: User | null;
  readonly tags?: Readonly<Record<string, TagValue>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly fingerprint?: string | readonly string[];
  readonly level?: LevelName;
  readonly breadcrumbs?: readonly BreadcrumbInput[];
}

const NOTHING: Context = {};

let origins = 0;

/** @internal An id for something that scopes belong to. */
export function nextId(): string {
  return (origins += 1).toString(36);
}

/**
 * What is known at one point of the program. It goes with every event captured there. A scope made
 * by `withScope` starts as a copy of the one around it, and its settings end with it.
 */
export class Scope {
  #user: User | null | undefined;
  #tags: Record<string, TagValue> = {};
  #metadata: Record<string, unknown> = {};
  #fingerprint: string | readonly string[] | undefined;
  #level: LevelName | undefined;
  /** Breadcrumbs given to `from`. They can come from anybody. */
  #given: readonly BreadcrumbInput[] = [];
  /** Counts the changes of the settings. */
  #changes = 0;
  /** Whether no value of the settings can be changed from outside, as of `#checked` changes. */
  #isFixed = true;
  #checked = 0;
  /**
   * Breadcrumbs added on purpose. They have a ring of their own, so log lines can't push them out.
   */
  #crumbs: Steps;
  /** Steps recorded automatically: log lines, outgoing requests, queries. */
  #recorded: Steps;
  /** Lines of pino, for the events of this thread. Pino's worker knows them itself. */
  #lines: Steps;
  #origin: Origin | undefined;

  /** An empty scope, which keeps `capacity` steps of each kind. */
  constructor(capacity: number = CRUMBS) {
    this.#crumbs = new Steps(capacity);
    this.#recorded = new Steps(capacity);
    this.#lines = new Steps(capacity);
  }

  /**
   * The scope that `toJSON` made, perhaps in another process: `withScope(Scope.from(json), work)`.
   * Trusts nothing, and leaves out what is no part of a scope. Never throws.
   */
  static from(json: unknown): Scope {
    const scope = new Scope();
    if (!isObject(json)) return scope;
    const part = (key: keyof ScopeJson): unknown => read(json, key);
    const user = part('user');
    const tags = part('tags');
    const metadata = part('metadata');
    const crumbs = part('breadcrumbs');
    if (user === null || isObject(user)) scope.setUser(user);
    if (isObject(tags)) scope.setTags(tags as Record<string, TagValue>);
    if (isObject(metadata)) scope.setMetadata(metadata as Record<string, unknown>);
    // The values are checked when an event is made of them, like all values that a caller gives.
    scope.setFingerprint(part('fingerprint') as string | undefined);
    scope.setLevel(part('level') as LevelName | undefined);
    if (isArray(crumbs))
      scope.#given = attempt(() => crumbs.slice(-CRUMBS) as BreadcrumbInput[]) ?? [];
    scope.#changes += 1;
    return scope;
  }

  /** Who is using the application; null for nobody. */
  setUser(user: User | null): this {
    this.#user = user === null ? null : given(user);
    this.#changes += 1;
    return this;
  }

  setTag(key: string, value: TagValue): this {
    this.#tags = attempt(() => ({ ...this.#tags, [key]: value })) ?? this.#tags;
    this.#changes += 1;
    return this;
  }

  setTags(tags: Readonly<Record<string, TagValue>>): this {
    this.#tags = { ...this.#tags, ...given(tags) };
    this.#changes += 1;
    return this;
  }

  /** Adds details to the metadata of events. */
  setMetadata(metadata: Readonly<Record<string, unknown>>): this {
    this.#metadata = { ...this.#metadata, ...given(metadata) };
    this.#changes += 1;
    return this;
  }

  /** Replaces ErrSight's grouping; undefined gives it back. */
  setFingerprint(fingerprint: string | readonly string[] | undefined): this {
    this.#fingerprint = fingerprint;
    this.#changes += 1;
    return this;
  }

  /** Replaces the level of events; undefined gives it back. */
  setLevel(level: LevelName | undefined): this {
    this.#level = level;
    this.#changes += 1;
    return this;
  }

  /** Forgets everything, breadcrumbs too, but not the request that it belongs to. */
  clear(): this {
    this.#user = undefined;
    this.#tags = {};
    this.#metadata = {};
    this.#fingerprint = undefined;
    this.#level = undefined;
    this.#given = [];
    // The steps that are forgotten still count, so that no revision comes twice.
    this.#changes += 1 + this.#crumbs.count + this.#recorded.count;
    // Replaced and not emptied: the steps of `#recorded` belong to the request, whose other scopes
    // keep them.
    this.#crumbs = new Steps(CRUMBS);
    this.#recorded = new Steps(CRUMBS);
    return this;
  }

  /**
   * This scope with the request it belongs to, as JSON: a job that a request publishes can take it
   * along. Of the trail it has what was added by `addBreadcrumb`, filtered. The rest is as it was
   * given, and is filtered when an event is made of it.
   */
  toJSON(): ScopeJson {
    const origin = this.#origin?.describe() ?? {};
    const breadcrumbs = [...this.#given, ...this.#crumbs.completed()].slice(-CRUMBS);
    return {
      ...(this.#own() as ScopeJson),
      tags: { ...origin.tags, ...this.#tags },
      metadata: { ...origin.metadata, ...this.#metadata },
      ...(breadcrumbs.length > 0 && { breadcrumbs }),
    };
  }

  /** @internal */
  get origin(): Origin | undefined {
    return this.#origin;
  }

  /** @internal Adds a step on purpose. */
  add(crumb: Breadcrumb, maker: CrumbMaker): void {
    this.#crumbs.add(crumb, maker);
  }

  /** @internal Adds a step recorded automatically. It is completed when an event needs it. */
  record(step: BreadcrumbInput): void {
    this.#recorded.record(step);
  }

  /** @internal The same for a line that goes to pino's worker. */
  recordLine(step: Step): void {
    this.#lines.push(step);
  }

  /**
   * @internal A number that is another one after each change of what the scope says, without the
   * lines of pino. Undefined if that can change unseen: if the scope belongs to a request, or has
   * objects of the application.
   */
  get revision(): number | undefined {
    if (this.#origin !== undefined && this.#origin.isConstant !== true) return undefined;
    if (this.#checked !== this.#changes) {
      this.#checked = this.#changes;
      this.#isFixed =
        this.#given.length === 0 &&
        typeof this.#fingerprint !== 'object' &&
        [this.#tags, this.#metadata, this.#user ?? {}].every(holdsNoObjects);
    }
    if (!this.#isFixed) return undefined;
    return this.#changes + this.#crumbs.count + this.#recorded.count + withdrawals();
  }

  /** @internal The contexts that go with an event. Later ones win. */
  contexts(rules?: DataRules, span: Span | undefined = currentSpan()): Context[] {
    const own = this.#own();
    const known = this.#origin?.describe(rules);
    const contexts: Context[] = [];
    if (known !== undefined && Object.keys(known).length > 0) contexts.push(known);
    if (span !== undefined && rules !== undefined) contexts.push(traced(span, rules));
    if (Object.keys(own).length > 0) contexts.push(own);
    return contexts;
  }

  /**
   * @internal At most `max` steps, oldest first. If there are more, those added on purpose get half
   * of the room, or more if the others leave it.
   */
  trail(maker: CrumbMaker, max: number): Breadcrumb[] {
    const lines = this.#lines.made(maker);
    return this.#stepsWith(lines, maker, max).map(({ crumb }) => crumb);
  }

  /** @internal The same without the lines of pino, and with the details of each step. */
  steps(maker: CrumbMaker, max: number): Made[] {
    return this.#stepsWith([], maker, max);
  }

  #stepsWith(lines: readonly Made[], maker: CrumbMaker, max: number): Made[] {
    const added = this.#crumbs.made(maker);
    const others = this.#recorded.made(maker);
    const recorded = lines.length === 0 ? others : inOrder([...others, ...lines]);
    if (added.length === 0) return lastOf(recorded, Math.min(recorded.length, max));
    if (recorded.length === 0) return lastOf(added, Math.min(added.length, max));
    const forRecorded = Math.min(
      recorded.length,
      Math.max(Math.floor(max / 2), max - added.length),
    );
    const forAdded = Math.min(added.length, max - forRecorded);
    const kept = [...lastOf(added, forAdded), ...lastOf(recorded, forRecorded)];
    return inOrder(kept);
  }

  /**
   * @internal A copy. Setters replace values and never change them, so the copy can share them.
   * Outside of a request, `origin` says what the copy belongs to. By default it is a piece of work
   * of its own, which starts with the trail before it.
   */
  fork(origin?: Origin): Scope {
    const child = new Scope();
    child.#user = this.#user;
    child.#tags = this.#tags;
    child.#metadata = this.#metadata;
    child.#fingerprint = this.#fingerprint;
    child.#level = this.#level;
    child.#given = this.#given;
    child.#crumbs.append(this.#crumbs);
    child.#origin = origin ?? this.#origin ?? ofWork();
    child.#changes = 1;
    if (origin === undefined) {
      child.#recorded = this.#origin === undefined ? this.#recorded.copy() : this.#recorded;
      child.#lines = this.#origin === undefined ? this.#lines.copy() : this.#lines;
    }
    return child;
  }

  /** @internal Takes over the settings of another scope. */
  adopt(other: Scope): void {
    if (other.#user !== undefined) this.#user = other.#user;
    this.#tags = { ...this.#tags, ...other.#tags };
    this.#metadata = { ...this.#metadata, ...other.#metadata };
    this.#fingerprint = other.#fingerprint ?? this.#fingerprint;
    this.#level = other.#level ?? this.#level;
    this.#given = [...this.#given, ...other.#given].slice(-CRUMBS);
    this.#changes += 1;
    this.#crumbs.append(other.#crumbs);
  }

  #own(): Context {
    // Spreading a value that may be undefined takes Node 20 1 µs.
    const own: { -readonly [Key in keyof Context]: Context[Key] } = {};
    if (Object.keys(this.#tags).length > 0) own.tags = this.#tags;
    if (Object.keys(this.#metadata).length > 0) own.metadata = this.#metadata;
    if (this.#user !== undefined) own.user = this.#user;
    if (this.#fingerprint !== undefined) own.fingerprint = this.#fingerprint;
    if (this.#level !== undefined) own.level = this.#level;
    if (this.#given.length > 0) own.breadcrumbs = this.#given;
    return own;
  }
}

/** @internal What a piece of work without any facts of its own belongs to. */
export function ofWork(): Origin {
  return { id: nextId(), describe: () => NOTHING, isConstant: true };
}

function holdsNoObjects(values: object): boolean {
  return Object.values(values).every((value) => !isObject(value));
}

/** A copy of what a caller gave, as far as it can be read. A setter must not throw. */
function given<T extends object>(value: T): T {
  return (isObject(value) ? copyOf(value) : {}) as T;
}

function inOrder(steps: readonly Made[]): Made[] {
  return steps.toSorted((one, other) => one.seq - other.seq);
}
