'use strict';
const { inspect } = require('node:util');

class HttpError extends Error {
  name = 'HttpError';
  constructor(status) {
    super(`status ${status}`);
    this.status = status;
  }
}

class Captured extends Error {
  constructor() {
    super('captured');
    Error.captureStackTrace(this, Captured);
  }
}

function fail(message = 'boom', options = undefined) {
  throw new Error(message, options);
}

function caught(action) {
  try {
    action();
  } catch (error) {
    return error;
  }
}

const LIKE_FRAMES = 'query failed:\n    at fake (/etc/passwd:1:1)\n    at /etc/shadow:2:2\nwhile shopping';

module.exports = {
  'a message of many lines': () => fail('one\n\n  two\n\tthree'),
  'a message like frames': () => fail(LIKE_FRAMES),
  'a message like frames, with a class': () => {
    throw Object.assign(new HttpError(500), { message: LIKE_FRAMES });
  },
  'a message that holds a stack': () => fail(`failed: ${caught(() => fail('inner')).stack}`),
  'an empty message': () => fail(''),
  'a message in other letters': () => fail('größe 日本 💥'),
  'a message that ends in a line break': () => fail('done\n'),
  'a message changed later': () => {
    const error = caught(() => fail('before'));
    error.message = 'after';
    throw error;
  },
  'a message added to': () => {
    const error = caught(() => fail('no\n    at fake (/etc/passwd:1:1)'));
    error.message += ' (while shopping)';
    throw error;
  },
  'a message put before': () => {
    const error = caught(() => fail('no\n    at fake (/etc/passwd:1:1)'));
    error.message = `shopping: ${error.message}`;
    throw error;
  },
  'a class with a name': () => {
    throw new HttpError(404);
  },
  'a name changed later': () => {
    const error = caught(() => fail());
    error.name = 'Renamed';
    throw error;
  },
  'a name of two words': () => {
    class Odd extends Error {}
    Object.defineProperty(Odd.prototype, 'name', { value: 'Odd: name (of) things' });
    throw new Odd('odd');
  },
  'Error.captureStackTrace': () => {
    throw new Captured();
  },
  'a plain object with a stack': () => {
    const thrown = { name: 'Plain', message: 'plain', toString: () => 'Plain: plain' };
    Error.captureStackTrace(thrown);
    throw thrown;
  },
  'an error thrown again': () => {
    try {
      fail('again');
    } catch (error) {
      throw error;
    }
  },
  'an error with a cause': () => fail('outer', { cause: caught(() => fail('inner')) }),
  'an AggregateError': () => {
    throw new AggregateError([caught(() => fail('a')), caught(() => fail('b'))], 'both');
  },
  'a DOMException': () => {
    throw new DOMException('aborted', 'AbortError');
  },
  'a stack written by the application': () => {
    Error.prepareStackTrace = (error, sites) =>
      `${error.name}: ${error.message}\n${sites.map((site) => `  at ${site}`).join('\n')}`;
    const error = caught(() => fail('mine'));
    String(error.stack);
    Error.prepareStackTrace = undefined;
    throw error;
  },
  'an error that was inspected': () => {
    const error = caught(() => fail('inspected'));
    inspect(error);
    throw error;
  },
};
