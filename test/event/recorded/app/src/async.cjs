'use strict';
const { AsyncLocalStorage } = require('node:async_hooks');
const { EventEmitter, once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const { promisify } = require('node:util');

function fail(message = 'boom') {
  throw new Error(message);
}

async function failLater() {
  await null;
  return fail();
}

async function inner() {
  await failLater();
}

async function middle() {
  await inner();
}

async function outer() {
  await middle();
}

class Shop {
  async open() {
    await this.light();
  }
  async light() {
    await failLater();
  }
  async #cash() {
    await failLater();
  }
  async count() {
    await this.#cash();
  }
  async *stock() {
    yield 1;
    await failLater();
  }
}

async function* numbers() {
  yield 1;
  await failLater();
}

async function drain(values) {
  for await (const value of values) value.toString();
}

async function longChain(n) {
  await (n === 0 ? failLater() : longChain(n - 1));
}

function Legacy() {
  EventEmitter.call(this);
}
Object.setPrototypeOf(Legacy.prototype, EventEmitter.prototype);

module.exports = {
  'an async function': () => failLater(),
  'async functions': () => outer(),
  'a long chain': async () => {
    Error.stackTraceLimit = 40;
    await longChain(30);
  },
  'async methods': () => new Shop().open(),
  'an async private method': () => new Shop().count(),
  'an async function called on an object': () => ({ other: outer }).other(),
  'Promise.all': async () => {
    await Promise.all([null, failLater(), failLater()]);
  },
  'Promise.all of map': async () => {
    await Promise.all([1, 2].map(async (value) => value && (await failLater())));
  },
  'Promise.allSettled': async () => {
    const settled = await Promise.allSettled([failLater()]);
    throw settled[0].reason;
  },
  'Promise.any': async () => {
    const error = await Promise.any([failLater(), failLater()]).catch((thrown) => thrown);
    throw error.errors[1];
  },
  'Promise.race': async () => {
    await Promise.race([failLater()]);
  },
  'the AggregateError of Promise.any': () => Promise.any([failLater()]),
  'Promise.then': () => Promise.resolve(1).then(() => fail()),
  'Promise.finally': () => Promise.resolve(1).finally(() => fail()),
  'an executor of a Promise': () => new Promise(() => fail()),
  'an async generator': () => drain(numbers()),
  'an async generator method': () => drain(new Shop().stock()),
  'an async arrow function': () => (async () => (async () => await failLater())())(),
  'a timer': () => uncaught(() => setTimeout(() => fail(), 1)).then(rethrow),
  'a named timer': () =>
    uncaught(() =>
      setTimeout(function onTimer() {
        fail();
      }, 1),
    ).then(rethrow),
  'an interval': () =>
    uncaught(() => {
      const timer = setInterval(() => {
        clearInterval(timer);
        fail();
      }, 1);
    }).then(rethrow),
  setImmediate: () => uncaught(() => setImmediate(() => fail())).then(rethrow),
  'process.nextTick': () => uncaught(() => process.nextTick(() => fail())).then(rethrow),
  queueMicrotask: () => uncaught(() => queueMicrotask(() => fail())).then(rethrow),
  'after a timer': async () => {
    await sleep(1);
    fail();
  },
  'a listener': () => {
    const emitter = new EventEmitter();
    emitter.on('order', () => fail());
    emitter.emit('order');
  },
  'a listener that is a function': () => {
    const emitter = new Legacy();
    emitter.once('order', function () {
      fail();
    });
    emitter.emit('order');
  },
  'an event waited for': async () => {
    const emitter = new EventEmitter();
    setImmediate(() => emitter.emit('error', new Error('no stock')));
    await once(emitter, 'order');
  },
  'an error event nobody listens to': () => new EventEmitter().emit('error', new TypeError('lost')),
  'util.promisify': () => promisify((callback) => callback(new Error('called back')))(),
  AsyncLocalStorage: () => new AsyncLocalStorage().run({}, () => fail()),
  'a thenable': async () => {
    await { then: () => fail() };
  },
};

function rethrow(error) {
  throw error;
}
