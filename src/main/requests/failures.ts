import { currentSpan } from '../span.ts';
import { openClients } from '../reporters.ts';
import { processState } from '../state.ts';
import { listen } from '../../exit/listeners.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { causesOf } from '../../event/error/causes-of.ts';
import { isErrorInstance } from '../../event/error/class.ts';
import { failedRequest } from '../../event/make/failed-request.ts';
import type { RequestConfig } from '../../options/requests.ts';
import { warnOfNobody } from './nobody.ts';
import { courseOf, GONE, inWords, type Course } from './leading.ts';
import { standsFor, statusOf } from './likeness.ts';
import type { Failure, RequestFacts } from './facts.ts';

/** How a request met an error. */
export interface Circumstance {
  /** The framework's name. */
  readonly mechanism: string;
  /** Whether the application's own error handler answered. Default: what was said before, else no. */
  readonly isHandled?: Failure['isHandled'] | undefined;
  /** See `Failure`. */
  readonly details?: Failure['details'];
}

/** Requests whose answer has not ended yet. The process can end before that. */
const pending = new Set<RequestFacts>();
let stopWaiting: (() => void) | undefined;

/**
 * Remembers an error that a request met. It is reported once the answer has ended, since only the
 * final status says whether the request has failed. Returns what is remembered.
 */
export function note(
  facts: RequestFacts,
  error: unknown,
  { mechanism, isHandled, details }: Circumstance,
): Failure {
  // A router forgets the route on the way back. Here it is still known.
  facts.route();
  const known = facts.failures?.find(
    (failure) =>
      Object.is(failure.error, error) || (isObject(error) && standsFor(error, failure.error)),
  );
  if (known !== undefined) {
    known.mechanism = mechanism;
    known.isHandled = isHandled ?? known.isHandled;
    return known;
  }
  facts.toldErrors.box(error);
  const current = processState().scopes.current();
  const failure: Failure = {
    error,
    time: Date.now(),
    scope: current.origin === facts ? current : facts.scope,
    span: currentSpan(),
    isLate: facts.response?.headersSent === true,
    mechanism,
    isHandled: isHandled ?? false,
    details,
  };
  (facts.failures ??= []).push(failure);
  // Without a response, nothing says when the request is over.
  if (facts.isOver || facts.response === undefined) settle(facts);
  else {
    pending.add(facts);
    stopWaiting ??= listen('exit', settleAll);
  }
  return failure;
}

/** To be called when the answer of a request has ended, or its connection is gone. */
export function settle(facts: RequestFacts): void {
  if (!facts.isOver) facts.brokenBy = errorOf(facts.source);
  facts.isOver = true;
  if (facts.failures === undefined) noteStreamError(facts);
  if (facts.failures === undefined) noteAttached(facts);
  const { failures } = facts;
  facts.failures = undefined;
  facts.settled = failures;
  if (pending.delete(facts) && pending.size === 0) {
    stopWaiting?.();
    stopWaiting = undefined;
  }
  if (failures !== undefined) report(facts, failures);
  else reportWithoutError(facts);
  facts.answered();
}

/** The process ends, and no answer will come. */
function settleAll(): void {
  for (const facts of pending) attempt(() => settle(facts));
}

/**
 * Notes what broke a stream that was the answer. Node then closes the connection without an answer.
 */
function noteStreamError(facts: RequestFacts): void {
  const { response, brokenBy } = facts;
  const error = errorOf(response) ?? (response?.writableFinished === true ? undefined : brokenBy);
  if (error !== undefined) note(facts, error, { mechanism: facts.mechanism });
}

/**
 * Notes the error that a handler has set as `res.err`, as pino-http has it. The handler has
 * answered it itself.
 */
function noteAttached(facts: RequestFacts): void {
  const { response, status = 0 } = facts;
  if (response?.headersSent !== true || status < 400) return;
  const error = read(response, 'err');
  if (!isErrorInstance(error)) return;
  note(facts, error, { mechanism: facts.mechanism, isHandled: true });
}

function errorOf(stream: unknown): unknown {
  return (isObject(stream) ? read(stream, 'errored') : undefined) ?? undefined;
}

function report(facts: RequestFacts, failures: readonly Failure[]): void {
  for (const failure of failures) {
    if (failure.details !== undefined) reportOne(facts, failure);
  }
  let course = courseIn(facts, failures);
  while (course !== undefined) {
    const { lead, earlier, later, apart } = course;
    const isTold = reportOne(facts, lead, earlier, later);
    // If the first one was no failure, a second answer is.
    const others = isTold ? apart : [...later, ...apart].filter(({ isLate }) => isLate);
    course = courseOf(others);
  }
}

/** The errors that the framework has not decided about. */
function courseIn(facts: RequestFacts, failures: readonly Failure[] = []): Course | undefined {
  return courseOf(
    failures.filter(({ error, details }) => details === undefined && !isClientGone(facts, error)),
  );
}

/** Returns whether somebody wants to know of a failure with this status. */
function reportOne(
  facts: RequestFacts,
  failure: Failure,
  earlier: readonly Failure[] = [],
  later: readonly Failure[] = [],
): boolean {
  const { error, isLate, details } = failure;
  if (isClientGone(facts, error)) return false;
  const isAnswered = facts.response?.headersSent === true;
  const isDecided = isAnswered && !isLate && details === undefined;
  const status = (isDecided ? facts.status : undefined) ?? statusOf(error) ?? 500;
  // What answered is what took the last error.
  const last = later.findLast((each) => !each.isLate) ?? failure;
  return send(facts, failure, status, {
    handled: isYes(last, facts) ? 'yes' : 'no',
    ...details,
    ...(isAnswered && { status: facts.status }),
    ...(earlier.length > 0 && { earlier_errors: earlier.map(inWords) }),
    ...(later.length > 0 && { later_errors: later.map(inWords) }),
  });
}

/** Reports an error of a request at once, since its answer is not known. */
export function reportAtOnce(
  facts: RequestFacts,
  error: unknown,
  { mechanism, details }: { readonly mechanism: string; readonly details: Metadata },
): void {
  const failure = { error, mechanism, scope: facts.scope, span: undefined, time: Date.now() };
  send(facts, failure, statusOf(error) ?? 500, { handled: 'no', ...details });
}

type Metadata = Readonly<Record<string, unknown>>;

/**
 * Reports to each project that wants errors with this status and was not told of this error yet.
 * Returns whether one wants them.
 */
function send(
  facts: RequestFacts,
  { error, mechanism, scope, span, time }: Omit<Failure, 'isLate' | 'isHandled'>,
  status: number,
  details: Metadata,
): boolean {
  if (status >= 500) warnOfNobody();
  const clients = openClients(processState(), (config) => counts(config, status));
  for (const client of clients) {
    const { project } = client;
    if (isToldOtherwise(facts, error, project)) {
      client.pipeline.repeat();
      continue;
    }
    client.capture(
      {
        time,
        level: 'error',
        message: '',
        thrown: { value: error },
        mechanism,
        span,
        handled: details['handled'] === 'yes',
        fields: {},
      },
      { level: 'error', metadata: { mechanism, ...details } },
      scope,
    );
  }
  return clients.length > 0;
}

/** Whether a project was told of an error in a form that can't be completed. */
function isToldOtherwise(facts: RequestFacts, error: unknown, project: string): boolean {
  const { reported, lines } = processState();
  const box = facts.boxOf(error) ?? error;
  if (reported.has(box, project) || !facts.isLogged(error, 'error', project)) return false;
  const isCopied = facts.kinOf(error, project) !== undefined;
  return !isCopied && lines?.takes(box, 'error', project) !== true;
}

/** For `failedRequests`: reports an answer with an error status if no error was reported. */
function reportWithoutError(facts: RequestFacts): void {
  const { response, isReported, status } = facts;
  if (status === undefined || status < 400 || isReported || response?.headersSent !== true) return;
  const isWanted = (config: RequestConfig): boolean =>
    config.failedRequests && counts(config, status);
  for (const client of openClients(processState(), isWanted)) {
    const { message, fingerprint } = failedRequest(facts.what(), status);
    const { mechanism } = facts;
    client.captureLine(
      { time: Date.now(), level: 'error', message, mechanism, fields: {} },
      {
        level: 'error',
        fingerprint,
        metadata: { mechanism, handled: 'yes' },
      },
      facts.scope,
      [],
      true,
    );
  }
}

function counts({ captureStatus }: RequestConfig, status: number): boolean {
  // If the rule throws, the default holds.
  return attempt(() => captureStatus(status)) ?? status >= 500;
}

function isYes({ isHandled, isLate }: Failure, { response }: RequestFacts): boolean {
  // An answer that had begun says nothing of who handled the error.
  if (isLate) return isHandled === true;
  if (typeof isHandled === 'boolean') return isHandled;
  return attempt(() => isHandled(response)) === true;
}

/** Whether an error only says that the client has left. */
function isClientGone({ request, response, brokenBy }: RequestFacts, error: unknown): boolean {
  if (!isObject(error) || response?.writableFinished === true) return false;
  const isClosed =
    read(response ?? {}, 'destroyed') === true || read(request, 'destroyed') === true;
  // The content to send has broken, perhaps because its own connection was reset.
  if (!isClosed || (brokenBy !== undefined && brokenBy === error)) return false;
  const [code, message] = [read(error, 'code'), read(error, 'message')];
  const socket = read(request, 'socket');
  const isOfSocket = isObject(socket) && errorOf(socket) === error;
  return (
    GONE.has(code) ||
    (isOfSocket && /^(?:ECONNRESET$|HPE_)/.test(String(code))) ||
    (code === 'ECONNRESET' && message === 'aborted') ||
    (read(request, 'complete') === false && [error, ...causesOf(error)].some(saysCut))
  );
}

/** Whether an error says that what was read had no end. */
function saysCut(error: unknown): boolean {
  return isObject(error) && /\babort|unexpected end/i.test(String(read(error, 'message')));
}
