import { hostname } from 'node:os';
import { randomUUID } from '../../lib/random.ts';
import { VERSION } from '../../lib/version.ts';
import { lastOf } from './breadcrumbs.ts';
import { createTagger } from './default-tags.ts';
import {
  asText,
  fingerprintOf,
  freeForm,
  levelOf,
  merged,
  mergeTrails,
  metadataOf,
  userOf,
} from './contexts.ts';
import { groupedBy, groupingOf } from './group.ts';
import { isObject } from '../../lib/safe-read.ts';
import { cut, isBlank, LENGTHS, withoutAnsi } from '../../lib/text.ts';
import { requestOf } from './request.ts';
import { factsText, withFacts } from './facts.ts';
import { reasonOfAnswer } from './reason.ts';
import { issuesIn, issuesText, readableMessage, withClass } from './title.ts';
import { timeOf } from '../../lib/time.ts';
import type { DefaultTag } from '../../default-tags.ts';
import type { Breadcrumb, Cause, ErrsightEvent, Metadata } from '../event.ts';
import type { CauseInfo, ExceptionInfo, ExceptionReader } from '../error/exception.ts';
import type { Context, LogRecord } from '../record.ts';
import type { LoggedRequest } from './request.ts';
import type { Scrubber } from '../scrub/scrubber.ts';
import type { VariablesReader } from './variables.ts';
import type { Json, WalkBudget } from '../scrub/plain-copy.ts';

/**
 * Limits for an error's own properties. An HTTP client's error carries its request, answer and
 * settings.
 */
const PROPERTIES: WalkBudget = { values: 500, characters: 20_000 };

export interface BuildOptions {
  readonly environment: string;
  readonly release: string | undefined;
  /** Breadcrumbs on one event. */
  readonly maxBreadcrumbs: number;
  /** Which tags events have by themselves. */
  readonly defaultTags: readonly DefaultTag[];
  readonly scrub: Scrubber;
  readonly readException: ExceptionReader;
  /** Finds local variables. Without it events have none. */
  readonly readVariables?: VariablesReader;
}

/**
 * Makes the event of a record. Later contexts win: the scope comes first, then what the call itself
 * said.
 */
export type EventBuilder = (
  record: LogRecord,
  contexts: readonly Context[],
  trail: readonly Breadcrumb[],
) => ErrsightEvent;

export function createEventBuilder(options: BuildOptions): EventBuilder {
  const { environment, release, maxBreadcrumbs, scrub, readException, readVariables } = options;
  const tagsOf = createTagger(options.defaultTags, scrub);
  const runtime = {
    sdk: `errsight-node/${VERSION}`,
    node: process.version,
    hostname: hostname(),
  };

  function readTrace(record: LogRecord): ExceptionInfo | undefined {
    const trace = record.trace?.();
    return trace && readException(trace);
  }

  return (record, contexts, trail) => {
    const exception =
      record.thrown &&
      readException(record.thrown.shown ?? record.thrown.value, record.thrown.beside);
    const logMessage = asText(record.message, scrub);
    // A value that is no error, as in `{ err: 504 }`, says less than the text beside it.
    const isTelling = exception?.isError === true || record.thrown?.wasThrown === true;
    const error = isTelling || isBlank(logMessage) ? exception : undefined;
    const message = error ? errorTitle(error, scrub) : messageOf(logMessage, undefined, scrub);
    // A value without a stack gets the stack of the call that threw, logged or captured it.
    const stack = hasFrames(exception) ? exception : readTrace(record);
    const frames = hasFrames(stack) ? stack.frames : undefined;
    const request = requestOf(record.fields, logMessage);
    const fields = freeForm(record.fields, scrub);
    for (const key of request.shown) delete fields[key];
    const { occurredAt, trueTime } = timeOf(record.time, Date.now());
    const said = metadataOf(contexts, scrub);
    // The `url` of a line may be another one than that of the request around it.
    const { url: _url, ...onPurpose } = said;
    const user = userOf(contexts, scrub);
    const details: Metadata = {};
    if (error) addClassAndText(details, error, logMessage, scrub);
    if (exception) addException(details, exception, scrub);
    if (exception && !error) addScalarValue(details, record.thrown?.value, scrub);
    if (frames) details.exception_frames = frames;
    const variables = record.paused && readVariables?.(record.paused);
    const chosen = fingerprintOf(contexts, scrub);
    const grouping = groupingOf({
      message,
      className: details.exception_class,
      error,
      frames,
      isTelling: stack?.isTelling ?? false,
      apart: stack?.apart,
    });
    // An error's code can hold a secret too, not only its message.
    const fingerprint = grouping.fingerprint
      ?.map((part) => scrub.text(part, LENGTHS.text).trim())
      .filter((part) => !isBlank(part));
    const event: ErrsightEvent = {
      ingestion_id: randomUUID(),
      level: levelOf(contexts) ?? record.level,
      message,
      occurred_at: occurredAt,
      environment,
      metadata: merged([
        details,
        variables && { local_variables: variables },
        trueTime === undefined ? undefined : { occurred_at: trueTime },
        requestMetadata(request, scrub),
        // ErrSight keeps the first 50 keys. What was said on purpose comes before the line's
        // fields, and also wins over them. So it stands here twice.
        said,
        runtime,
        fields,
        onPurpose,
        // It stands last, so that it takes none of the 50 places from other keys.
        { errsight_group: grouping.by },
      ]),
      tags: tagsOf(record, request, contexts),
      breadcrumbs: lastOf(mergeTrails(trail, contexts, scrub), maxBreadcrumbs),
    };
    if (release !== undefined) event.release = release;
    if (stack?.backtrace !== undefined) event.backtrace = stack.backtrace;
    if (user !== undefined) event.user = user;
    if (fingerprint?.length) event.fingerprint = fingerprint;
    return chosen === undefined ? event : groupedBy(event, chosen);
  };
}

function hasFrames(info: ExceptionInfo | undefined): info is ExceptionInfo {
  return info !== undefined && info.frames.length > 0;
}

/**
 * The class of an error. A text that stands for a value has none, since ErrSight would show it
 * before the text.
 */
function addClassAndText(
  details: Metadata,
  { class: name, message }: ExceptionInfo,
  logMessage: string,
  scrub: Scrubber,
): void {
  details.exception_class = scrub.text(name, LENGTHS.name);
  const isSaid = logMessage === '' || logMessage === message;
  if (!isSaid) details['log_message'] = scrub.text(logMessage, LENGTHS.text);
}

function addException(
  details: Metadata,
  { causes, message, properties: own }: ExceptionInfo,
  scrub: Scrubber,
): void {
  if (causes.length > 0) details.exception_causes = causes.map((cause) => shownCause(cause, scrub));
  // zod 4 has its issues in the message, and in a property that is not enumerable.
  const issues = Object.hasOwn(own, 'issues') ? undefined : issuesIn(message);
  if (issues === undefined && Object.keys(own).length === 0) return;
  const properties = scrub.value(issues === undefined ? own : { ...own, issues }, PROPERTIES);
  if (isObject(properties) && Object.keys(properties).length > 0) {
    details['exception_properties'] = properties;
  }
}

function shownCause(cause: CauseInfo, scrub: Scrubber): Cause {
  const { backtrace } = cause;
  const name = scrub.text(cause.class, LENGTHS.name);
  const message = causeMessage(cause, scrub);
  return backtrace === undefined ? { class: name, message } : { class: name, message, backtrace };
}

/** A cause as the page shows it, with its facts. A value that is no error has only its facts. */
function causeMessage({ message, properties, isError }: CauseInfo, scrub: Scrubber): string {
  const text = isError ? undefined : factsText(properties, scrub);
  if (text !== undefined) return scrub.text(text, LENGTHS.causeMessage);
  const said = scrub.text(readableMessage(message), LENGTHS.causeMessage);
  return cut(isError ? withFacts(said, properties, scrub) : said, LENGTHS.causeMessage);
}

/** The thrown value, if only a text stands for it. An object has its properties. */
function addScalarValue(details: Metadata, value: unknown, scrub: Scrubber): void {
  if (!isObject(value)) details['exception_properties'] = { value: scrub.value(value) };
}

/** The text that ErrSight shows of an error in its lists, mails and search. */
function errorTitle(
  { class: name, message: said, isError, causes, properties }: ExceptionInfo,
  scrub: Scrubber,
): string {
  const answer = isError
    ? reasonOfAnswer(name, said, properties['response'])
    : issuesText(properties['items']);
  const text = answer ?? readableMessage(said, causes[0]?.message);
  // It is scrubbed before the class is put in front. A header is only recognised at the start of a
  // line.
  const message = messageOf(text, name, scrub);
  // Our own words for an object, such as `Array of 3`.
  if (!isError && message.startsWith(name)) return message;
  return withClass(withoutAnsi(scrub.text(name, LENGTHS.name)), message);
}

/**
 * A request under the names that ErrSight's pages look for. An unusual id is scrubbed before it
 * becomes a text.
 */
function requestMetadata(request: LoggedRequest, scrub: Scrubber): Record<string, Json> {
  const { id, path, status, duration } = request;
  const known: Record<string, Json> = {};
  if (id !== undefined && id !== null) {
    known['request_id'] = scrub.text(asText(id, scrub), LENGTHS.name);
  }
  if (path !== undefined) known['full_path'] = scrub.text(path, LENGTHS.path);
  if (status !== undefined) known['status'] = status;
  if (duration !== undefined) known['duration_ms'] = duration;
  return known;
}

/** ErrSight discards events with a blank message. An event without a class gets a text in `fit`. */
export function messageOf(text: string, className: string | undefined, scrub: Scrubber): string {
  const message = scrub.text(text, LENGTHS.text);
  return isBlank(withoutAnsi(message))
    ? withoutAnsi(scrub.text(className ?? '', LENGTHS.name))
    : message;
}
