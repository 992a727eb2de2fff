import { AssertionError, deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { NO_ERROR, NO_NOTHING, withoutProperties } from './thrown-case.ts';
import type { Case } from './thrown-case.ts';
import {
  HttpError,
  InheritedNameError,
  GetterNameError,
  UnnamedError,
  UnnamedTypeError,
  caught,
  asError,
  renamed,
  FAKE,
  MINIFIED,
  Point,
  COMPARED,
  axiosLike,
} from './thrown-makers.ts';

/** What is thrown without anything behind it. */
export const ALONE: readonly Case[] = [
  { name: 'a plain Error', make: () => new Error('m'), told: ['Error', 'm'] },
  { name: 'a built-in class', make: () => new RangeError('m'), told: ['RangeError', 'm'] },
  { name: 'an own name', make: () => new HttpError('m', 502), told: ['HttpError', 'm'] },
  {
    name: 'an inherited name',
    make: () => new InheritedNameError('m'),
    told: ['InheritedName', 'm'],
  },
  { name: 'a getter for a name', make: () => new GetterNameError('m'), told: ['GetterName', 'm'] },
  {
    name: 'a class without a name',
    make: () => new UnnamedError('m'),
    told: ['UnnamedError', 'm'],
    instead: withoutProperties({ told: ['Error', 'm'] }),
  },
  {
    name: 'a built-in class extended without a name',
    make: () => new UnnamedTypeError('m'),
    told: ['UnnamedTypeError', 'm'],
    instead: withoutProperties({ told: ['TypeError', 'm'] }),
  },
  { name: 'no message', make: () => new TypeError(), told: ['TypeError', 'TypeError'] },
  { name: 'a blank message', make: () => new TypeError(' \n'), told: ['TypeError', 'TypeError'] },
  { name: 'a message with colons', make: () => new Error('a: b: c'), told: ['Error', 'a: b: c'] },
  {
    name: 'a message with a class',
    make: () => new Error('TypeError: x'),
    told: ['Error', 'TypeError: x'],
  },
  { name: 'a message with frames', make: () => new Error(FAKE), told: ['Error', FAKE] },
  {
    name: 'a message with a separator',
    make: () => new Error('x\ncaused by: y'),
    told: ['Error', 'x\ncaused by: y'],
  },
  {
    name: "Node's own error with a code",
    make: () => asError(caught(() => Buffer.alloc('x' as unknown as number))),
    told: ['TypeError', `The "size" argument must be of type number. Received type string ('x')`],
  },
  {
    name: 'an error of the system',
    make: () => asError(caught(() => readFileSync('/no/such'))),
    told: ['Error', "ENOENT: no such file or directory, open '/no/such'"],
  },
  {
    name: 'a failed assertion',
    make: () => new AssertionError({ message: 'two\nlines\n' }),
    told: ['AssertionError', 'two\nlines\n'],
  },
  {
    name: 'an AbortError',
    make: () => asError(AbortSignal.abort().reason),
    told: ['AbortError', 'This operation was aborted'],
  },
  {
    name: 'an error of another realm',
    make: () => asError(caught(() => vm.runInNewContext('null.x'))),
    told: ['TypeError', "Cannot read properties of null (reading 'x')"],
    instead: { 'winston line': 'nothing' },
  },
  {
    name: 'a syntax error with an excerpt before its header',
    make: () => asError(caught(() => new vm.Script('let x = ;', { filename: '/a/b.js' }))),
    told: ['SyntaxError', "Unexpected token ';'"],
  },
  { name: 'a message changed later', make: () => renamed('old', 'new'), told: ['Error', 'new'] },
  {
    name: 'a message that was added to later',
    make: () => renamed('old', 'old (while paying)'),
    told: ['Error', 'old (while paying)'],
  },
  {
    name: 'a message with frames that something was put before later',
    make: () => renamed(FAKE, `context: ${FAKE}`),
    told: ['Error', `context: ${FAKE}`],
  },
  { name: 'a message made empty later', make: () => renamed('old', ''), told: ['Error', 'Error'] },
  {
    name: 'a class whose name a minifier took',
    make: () => new MINIFIED('m'),
    told: ['Error', 'm'],
  },
  {
    name: 'a class whose name a minifier took, with a name of its own',
    make: () => Object.assign(new MINIFIED('m'), { name: 'PaymentError' }),
    told: ['PaymentError', 'm'],
  },
  {
    name: 'a name given to a plain Error',
    make: () => Object.assign(new Error('m'), { name: 'PaymentError' }),
    told: ['PaymentError', 'm'],
  },
  {
    name: 'a name given after the stack was written',
    make: () => Object.assign(renamed('m', 'm'), { name: 'PaymentError' }),
    told: ['PaymentError', 'm'],
  },
  {
    name: 'the properties of clients and servers',
    make: () =>
      Object.assign(new Error('m'), {
        code: 'E_PAY',
        errno: -5,
        statusCode: 402,
        signal: 'SIGTERM',
        type: 'x',
        level: 'high',
        description: 'a',
      }),
    told: ['Error', 'm'],
  },
  {
    name: 'an error of axios',
    make: axiosLike,
    told: ['AxiosError', 'Request failed with status code 503'],
  },
  {
    name: 'a message of many lines',
    make: () => new Error('one\n  two\n\nthree\r\nfour'),
    told: ['Error', 'one\n  two\n\nthree\r\nfour'],
  },
  {
    name: 'a comparison that failed',
    make: () => asError(caught(() => deepStrictEqual({ a: [1] }, { a: [2] }))),
    told: ['AssertionError', COMPARED],
  },
  {
    name: 'a DOMException',
    make: () => asError(caught(() => structuredClone(() => 1))),
    told: ['DataCloneError', '() => 1 could not be cloned.'],
  },
  { name: 'a text', make: () => 'boom', told: ['String', 'boom'], instead: NO_ERROR },
  {
    name: 'the stack of an error',
    make: () => new RangeError('m').stack,
    told: ['RangeError', 'm'],
    instead: NO_ERROR,
  },
  { name: 'a number', make: () => 0, told: ['Number', '0'], instead: NO_ERROR },
  { name: 'a boolean', make: () => false, told: ['Boolean', 'false'], instead: NO_ERROR },
  {
    name: 'null',
    make: () => null,
    told: ['Null', 'null'],
    instead: { ...NO_ERROR, ...NO_NOTHING },
  },
  {
    name: 'undefined',
    make: () => undefined,
    told: ['Undefined', 'undefined'],
    instead: { ...NO_ERROR, ...NO_NOTHING },
  },
  {
    name: 'an object',
    make: () => ({ code: 7 }),
    told: ['Object', 'Object with the keys code'],
    instead: NO_ERROR,
  },
  { name: 'an array', make: () => [1, 2], told: ['Array', 'Array of 2'], instead: NO_ERROR },
  {
    name: 'an object with a message',
    make: () => ({ message: 'm', code: 1 }),
    told: ['Error', 'm'],
    instead: NO_ERROR,
  },
  {
    name: 'an instance of no Error',
    make: () => new Point(),
    told: ['Point', 'Point with the keys x'],
    instead: {
      ...NO_ERROR,
      pino: { told: ['Object', 'Object with the keys x'] },
      'pino errWithCause': { told: ['Object', 'Object with the keys x'] },
      bunyan: { told: ['Object', 'Object with the keys x'] },
    },
  },
];
