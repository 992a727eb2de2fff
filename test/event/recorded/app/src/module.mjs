import { createRequire } from 'node:module';
import { check } from 'dep';

const calls = createRequire(import.meta.url)('./calls.cjs');

export function fail(message = 'boom') {
  throw new Error(message);
}

class Order {
  pay() {
    return fail();
  }
}

async function failLater() {
  await null;
  fail();
}

export default {
  'a function of a module': () => fail(),
  'a method of a module': () => new Order().pay(),
  'an async function of a module': async () => {
    await failLater();
  },
  'a module that throws': async () => {
    await import('./top.mjs');
  },
  'a module with a query': async () => {
    const again = await import('./module.mjs?t=1732180000#part');
    again.fail();
  },
  'a module of a data: URL': async () => {
    const code = 'export function f(g) {\n  return g();\n}';
    const { f } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
    f(() => fail());
  },
  'a module of a data: URL with base64': async () => {
    const code = Buffer.from('export default (g) => g();').toString('base64');
    const { default: f } = await import(`data:text/javascript;base64,${code}`);
    f(() => fail());
  },
  'a module that calls CommonJS': () => calls['a private method'](),
  'a module that calls a dependency': () => check(-1),
  'a module that is not there': async () => {
    await import('./not-there.mjs');
  },
  'a module that is broken': async () => {
    await import('./broken.mjs');
  },
  'a name that a module has not': async () => {
    await import('./wrong-name.mjs');
  },
};
