'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { pipeline, Readable, Transform } = require('node:stream');
const zlib = require('node:zlib');

function failing(start) {
  return new Promise((_, reject) => start(reject));
}

module.exports = {
  'fs.readFileSync': () => fs.readFileSync('/srv/app/not-there.json'),
  'fs.readFile': () => failing((reject) => fs.readFile('/srv/app/not-there.json', reject)),
  'fs.promises.readFile': async () => {
    await fs.promises.readFile('/srv/app/not-there.json');
  },
  'an http client': () =>
    failing((reject) => http.get('http://127.0.0.1:1/').on('error', reject)),
  'a socket': () => failing((reject) => net.connect(1, '127.0.0.1').on('error', reject)),
  fetch: async () => {
    await fetch('http://127.0.0.1:9/');
  },
  'new URL': () => new URL('x'),
  'Buffer.alloc': () => Buffer.alloc(-1),
  'buffer.readInt8': () => Buffer.from('a').readInt8(5),
  'Buffer.from': () => Buffer.from(1),
  'JSON.parse': () => JSON.parse('{"a":'),
  'crypto.createHash': () => crypto.createHash('md99'),
  'crypto.randomBytes': () => crypto.randomBytes(-1),
  'zlib.inflateSync': () => zlib.inflateSync('x'),
  'assert.equal': () => assert.equal(1, 2, 'not the same'),
  'assert.deepEqual': () => assert.deepStrictEqual({ a: 1 }, { a: 2 }),
  'require of what is not there': () => require('./not-there.cjs'),
  'require of a broken file': () => require('./broken.cjs'),
  'require of broken JSON': () => require('./broken.json'),
  'require of a file that throws': () => require('./top.cjs'),
  'a stream': () =>
    failing((reject) => {
      const broken = new Transform({
        transform() {
          throw new Error('in a transform');
        },
      });
      uncaught(() => Readable.from(['a']).pipe(broken)).then(reject);
    }),
  'a pipeline': () =>
    failing((reject) => {
      const reader = new Readable({
        read() {
          this.destroy(new Error('destroyed'));
        },
      });
      pipeline(reader, fs.createWriteStream('/dev/null'), reject);
    }),
  'an AbortSignal': async () => {
    const controller = new AbortController();
    controller.abort();
    await fs.promises.readFile(__filename, { signal: controller.signal });
  },
  structuredClone: () => structuredClone(() => 1),
  'process.chdir': () => process.chdir('/srv/app/not-there'),
  'a wrong argument': () => fs.readFileSync({}),
  atob: () => atob('*'),
};
