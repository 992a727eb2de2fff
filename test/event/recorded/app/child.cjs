'use strict';
// Runs one scenario and tells what was thrown:
//   node child.cjs <file> <scenario> text|facts main|thread
// `text` lets Node write the stack undisturbed. `facts` asks V8 for its call sites instead, in a
// process of its own, since asking changes how the text comes about.
const { pathToFileURL } = require('node:url');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

const [file, scenario, mode, thread] = process.argv.slice(2);

/** What the call sites of each error say. The first asking counts: the rest is answered from it. */
const factsOf = new WeakMap();

function readSite(site) {
  const file = site.getScriptNameOrSourceURL();
  const facts = {
    function: site.getFunctionName(),
    type: site.getTypeName(),
    method: site.getMethodName(),
    file,
    line: site.getLineNumber(),
    column: site.getColumnNumber(),
    toplevel: site.isToplevel(),
    constructor: site.isConstructor(),
    native: site.isNative(),
    async: site.isAsync(),
    eval: site.isEval(),
    index: site.getPromiseIndex?.() ?? undefined,
  };
  return Object.fromEntries(
    Object.entries(facts).filter(([key, value]) => (key === 'index' ? value !== undefined : value)),
  );
}

/** Also for the realm of a vm context, which has an Error of its own. */
function watch(RealmError) {
  let users;
  Object.defineProperty(RealmError, 'prepareStackTrace', {
    configurable: true,
    get: () => (error, sites) => {
      if (!factsOf.has(error)) factsOf.set(error, sites.map(readSite));
      const lines = sites.map((site) => `\n    at ${site}`);
      return users ? users(error, sites) : `${error}${lines.join('')}`;
    },
    set: (wanted) => {
      users = wanted;
    },
  });
}

/** Runs the action out of the scenario's reach and gives what it throws there. */
globalThis.uncaught = (action) =>
  new Promise((resolve) => {
    process.once('uncaughtException', resolve);
    action();
  });

globalThis.watchRealm = (RealmError) => {
  if (mode === 'facts') watch(RealmError);
};

function describe(error) {
  const stack = error.stack;
  return {
    class: error.name,
    message: error.message,
    ...(mode === 'facts' ? { frames: factsOf.get(error) ?? [] } : { stack }),
  };
}

async function run() {
  const load = file.endsWith('.mjs') ? import(pathToFileURL(file)) : require(file);
  const scenarios = await load;
  try {
    await (scenarios.default ?? scenarios)[scenario]();
  } catch (error) {
    return error;
  }
  throw new Error(`${scenario} did not throw`);
}

async function main() {
  if (mode === 'facts') watch(Error);
  const error = await run();
  if (isMainThread) {
    process.send(describe(error));
  } else if (mode === 'facts') {
    parentPort.postMessage(describe(error));
  } else {
    process.nextTick(() => {
      throw error;
    });
  }
}

if (isMainThread && thread === 'thread') {
  const worker = new Worker(__filename, { argv: process.argv.slice(2) });
  worker.once('message', (described) => process.send(described));
  worker.once('error', (error) => process.send(describe(error)));
} else {
  void main();
}
