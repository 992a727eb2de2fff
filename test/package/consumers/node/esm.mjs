// Every entry by `import`, and the same by `require`.
import { createRequire } from 'node:module';
import pino from 'pino';
import * as errsight from 'errsight';
import errsightStream from 'errsight/pino';

const require = createRequire(import.meta.url);
const required = require('errsight');

errsight.init();
errsight.captureException(new TypeError('captured by import'));
required.captureException(new TypeError('captured by require'));

pino({}, errsightStream()).error(new RangeError('logged to the stream'));
pino({ transport: { target: 'errsight/pino' } }).error(new RangeError('logged to the target'));

console.log(
  JSON.stringify({
    from: import.meta.resolve('errsight'),
    oneInstance: required.captureException === errsight.captureException,
    oneStream: require('errsight/pino').default === errsightStream,
    scope: errsight.Scope.name,
    version: require('errsight/package.json').version,
  }),
);
process.exit(3);
