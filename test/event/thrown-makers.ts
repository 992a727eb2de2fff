import { deepStrictEqual } from 'node:assert';

export class HttpError extends Error {
  override name = 'HttpError';
  statusCode: number;
  constructor(message: string, statusCode: number, options?: ErrorOptions) {
    super(message, options);
    this.statusCode = statusCode;
  }
}

export class InheritedNameError extends Error {}
Object.assign(InheritedNameError.prototype, { name: 'InheritedName' });

export class GetterNameError extends Error {
  override get name(): string {
    return 'GetterName';
  }
}

export class UnnamedError extends Error {}
export class UnnamedTypeError extends TypeError {}

/** As verror makes them: the message holds the cause's, which a method gives. */
export class VErrorLike extends Error {
  jse_shortmsg: string;
  jse_cause: Error;
  constructor(message: string, cause: Error) {
    super(`${message}: ${cause.message}`);
    this.jse_shortmsg = message;
    this.jse_cause = cause;
  }
}
Object.assign(VErrorLike.prototype, {
  name: 'VError',
  cause(this: VErrorLike): Error {
    return this.jse_cause;
  },
});

export function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}

/** For what cannot be told to be an Error by its type, as one of another realm. */
export function asError(value: unknown): Error {
  return value as Error;
}

export function chain(length: number, messageOf = (index: number): string => `m${index}`): Error {
  let inner: Error | undefined;
  for (let index = length; index > 0; index -= 1) {
    inner = new Error(messageOf(index), inner && { cause: inner });
  }
  return asError(inner);
}

/** With another message than the header of its stack, which V8 writes when it is first looked at. */
export function renamed(old: string, message: string, options?: ErrorOptions): Error {
  const made = new Error(old, options);
  if (!made.stack?.includes(old)) throw new Error('the stack was not written yet');
  made.message = message;
  return made;
}

export function circle(): Error {
  const first = new Error('a');
  const second = new Error('b', { cause: first });
  first.cause = second;
  return first;
}

export function ownCause(): Error {
  const made = new Error('a');
  made.cause = made;
  return made;
}

/** A message with what looks like a frame. */
export const FAKE = 'line one\n    at fake (/etc/passwd:1:1)\nline three';

/** With the name that a minifier gives. */
export const MINIFIED: new (message: string) => Error = class e extends Error {};

export class Point {
  x = 1;
}

/** What this Node says of a comparison. */
export const COMPARED: string = String(
  Reflect.get(Object(caught(() => deepStrictEqual({ a: [1] }, { a: [2] }))), 'message'),
);

/** As axios makes them: it writes its own `toJSON`, and holds on to request and response. */
export function axiosLike(): Error {
  const config = { url: 'https://pay.example/charge', method: 'post', headers: {} };
  const request = { path: '/charge', self: {} };
  request.self = request;
  const made = Object.assign(new Error('Request failed with status code 503'), {
    name: 'AxiosError',
    code: 'ERR_BAD_RESPONSE',
    status: 503,
    isAxiosError: true,
    config,
    request,
    response: { status: 503, data: { message: 'busy' }, config, request },
  });
  return Object.assign(made, {
    toJSON: () => ({
      message: made.message,
      name: made.name,
      code: made.code,
      stack: made.stack,
      config,
      status: 503,
    }),
  });
}
