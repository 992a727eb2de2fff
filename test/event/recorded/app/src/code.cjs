'use strict';
const vm = require('node:vm');

function fail(message = 'boom') {
  throw new Error(message);
}
globalThis.fail = fail;

function direct(code) {
  return /*evaluates eval*/ eval(code);
}

function nested(code) {
  return /*evaluates nested evals*/ eval(`(function again() { return eval(${JSON.stringify(code)}) })()`);
}

const later = /*evaluates a Function called later*/ new Function('action', 'return action();');

class Sandbox {
  run(code) {
    return /*evaluates eval in a method*/ eval(code);
  }
}

const NAMES = [
  0, 0x16, 4, 0x6e, 0x61, 0x6d, 0x65, 0, 5, 4, 0x73, 0x68, 0x6f, 0x70, 1, 8, 1, 1, 5, 0x74, 0x6f,
  0x74, 0x61, 0x6c,
];
// (module (import "e" "f" (func)) (func (export "run") (call 0)))
const MODULE = [
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x65, 1, 0x66, 0, 0, 3, 2, 1, 0,
  7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 1, 0x0a, 6, 1, 4, 0, 0x10, 0, 0x0b,
];

function wasm(bytes, f) {
  const module = new WebAssembly.Module(new Uint8Array(bytes));
  return new WebAssembly.Instance(module, { e: { f } }).exports.run();
}

module.exports = {
  eval: () => direct('fail("evaluated")'),
  'nested evals': () => nested('(() => fail())()'),
  'indirect eval': () => {
    const run = eval;
    return /*evaluates indirect eval*/ run('(function computed() { return fail(); })()');
  },
  'eval in a method': () => new Sandbox().run('this.total = fail()'),
  'eval with a name': () => direct('fail()\n//# sourceURL=shop-rules.js'),
  'eval that throws itself': () =>
    /*evaluates eval that throws itself*/ eval('\n\n  throw new TypeError("line three")'),
  'a Function called later': () => later(() => fail()),
  'a Function': () => /*evaluates a Function*/ new Function('return fail()')(),
  'a script of vm': () => vm.runInThisContext('function f() { fail(); }\nf();'),
  'a script of vm with a name': () =>
    new vm.Script('\nfail();', { filename: '/srv/rules/discount rules.js' }).runInThisContext(),
  'a script of vm with an odd name': () =>
    vm.runInThisContext('(function f() { fail() })()', { filename: 'rule (new):1', lineOffset: 9 }),
  'a context of vm': () => {
    const context = vm.createContext({});
    watchRealm(vm.runInContext('Error', context));
    return vm.runInContext('function f() { throw new Error("inside") }\nf();', context, {
      filename: '/srv/app/src/inside.js',
    });
  },
  'a function of vm': () => vm.compileFunction('return fail()', [], { filename: 'compiled.js' })(),
  WebAssembly: () => wasm(MODULE, () => fail()),
  'WebAssembly with names': () => wasm([...MODULE, ...NAMES], () => fail()),
  'WebAssembly that is none': () => new WebAssembly.Module(new Uint8Array([1, 2, 3])),
};
