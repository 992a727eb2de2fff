'use strict';
const dep = require('dep');
const pnpmDep = require('pnpm-dep');

function fail(message = 'boom') {
  throw new Error(message);
}

class Order {
  #id = 7;
  constructor(id) {
    if (id < 0) fail('negative');
  }
  pay() {
    return this.#charge();
  }
  #charge() {
    return fail(`order ${this.#id}`);
  }
  get total() {
    return fail();
  }
  set total(value) {
    fail(`cannot be ${value}`);
  }
  static find() {
    return fail();
  }
  static get latest() {
    return fail();
  }
  static async load() {
    await null;
    return fail();
  }
  *items() {
    yield fail();
  }
}

class Rush extends Order {
  constructor() {
    super(-1);
  }
  pay() {
    return super.pay();
  }
}

class WithField {
  total = fail();
}

const Anonymous = [
  class {
    constructor() {
      fail();
    }
  },
][0];

function OldStyle() {
  this.total = fail();
}
OldStyle.prototype.pay = function () {
  return fail();
};

const sumTotal = Symbol('sum total');
const odd = {
  'say (hello) now': () => fail(),
  'two words'() {
    return fail();
  },
  [sumTotal]() {
    return fail();
  },
  [Symbol.iterator]() {
    return fail();
  },
  ['']() {
    return fail();
  },
  ünï_日本() {
    return fail();
  },
  'async job': function () {
    return fail();
  },
  'a\\b/c.js:1:2'() {
    return fail();
  },
  'ends]': function () {
    return fail();
  },
};

function* numbers() {
  yield 1;
  yield fail();
}

function tag(strings, value) {
  return fail(strings.join(String(value)));
}

function deep(n) {
  return n === 0 ? fail() : deep(n - 1);
}

function limited(limit, action) {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = limit;
  try {
    return action();
  } finally {
    Error.stackTraceLimit = before;
  }
}

module.exports = {
  'a constructor': () => new Order(-1),
  'a constructor above': () => new Rush(),
  'an anonymous class': () => new Anonymous(),
  'a constructor of the old style': () => new OldStyle(),
  'a method of the old style': () => OldStyle.prototype.pay.call(new Order(1)),
  'a private method': () => new Order(1).pay(),
  'an inherited private method': () => Order.prototype.pay.call(Object.create(new Order(1))),
  'a method above': () => Rush.prototype.pay.call(new Order(1)),
  'a getter': () => new Order(1).total,
  'a setter': () => {
    new Order(1).total = 3;
  },
  'a static method': () => Order.find(),
  'a static getter': () => Order.latest,
  'a static async method': () => Order.load(),
  'a method by another name': () => {
    const shop = { buy: new Order(1).pay, sell: fail };
    return shop.sell();
  },
  'a class field': () => new WithField(),
  'a static block': () =>
    class {
      static {
        fail();
      }
    },
  'a name with parentheses': () => odd['say (hello) now'](),
  'a name with a space': () => odd['two words'](),
  'a symbol': () => odd[sumTotal](),
  'a well-known symbol': () => [...odd],
  'an empty name': () => odd[''](),
  'a name in other letters': () => odd.ünï_日本(),
  'a name that begins with async': () => odd['async job'](),
  'a name like a path': () => odd['a\\b/c.js:1:2'](),
  'a name that ends with a bracket': () => {
    const alias = { other: odd['ends]'] };
    return alias.other();
  },
  'a function without a name': () => (() => fail())(),
  'a function called on nothing': () =>
    function () {
      return fail();
    }.call(null),
  'a function called on a text': () =>
    function () {
      return fail();
    }.call('text'),
  'an object without a prototype': () => Object.assign(Object.create(null), { fail }).fail(),
  'a generator': () => [...numbers()],
  'a generator method': () => new Order(1).items().next(),
  'Array.map': () => [1].map(() => fail()),
  'Array.sort': () => [2, 1].sort(() => fail()),
  'Array.forEach with a function': () => [1].forEach(fail),
  'Array.from': () => Array.from([1], (value) => fail(String(value))),
  'a reviver of JSON.parse': () => JSON.parse('{"a":[1]}', () => fail()),
  'toJSON of JSON.stringify': () => JSON.stringify({ toJSON: () => fail() }),
  'a replacer of a string': () => 'abc'.replace(/b/, () => fail()),
  'a bound function': () => fail.bind(null, 'bound')(),
  'Reflect.apply': () => Reflect.apply(fail, new Order(1), ['applied']),
  'Reflect.construct': () => Reflect.construct(Order, [-1], Rush),
  'a trap of a Proxy': () => new Proxy({}, { get: () => fail() }).anything,
  'a method through a Proxy': () => new Proxy(new Rush(), {}).pay(),
  'an apply trap of a Proxy': () => new Proxy(fail, { apply: (f) => f('trapped') })(),
  'toString of a template': () => `${{ toString: () => fail() }}`,
  'valueOf of a sum': () => 1 + { valueOf: () => fail() },
  'a tagged template': () => tag`a${1}b`,
  'Symbol.hasInstance': () => 1 instanceof { [Symbol.hasInstance]: () => fail() },
  'Function.prototype.call': () => fail.call(new Order(1), 'called'),
  'deep recursion': () => limited(200, () => deep(220)),
  'a stack of one frame': () => limited(1, () => deep(5)),
  'no frames': () => limited(0, () => deep(5)),
  'a stack that overflows': () => {
    const forever = () => forever();
    return forever();
  },
  'a dependency': () => dep.check(-1),
  'a callback of a dependency': () => dep.each([1], () => fail()),
  'a dependency of pnpm': () => pnpmDep.check(-1),
  'a method of a dependency': () => new dep.Checker().check(-1),
  'a variable that is not there': () => notThere,
  'a property of nothing': () => undefined.total,
};
