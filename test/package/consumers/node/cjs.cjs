// Every entry by `require`, and the same by `import`.
const { pathToFileURL } = require('node:url');
const pino = require('pino');
const required = require('errsight');
const { default: errsightStream } = require('errsight/pino');

async function main() {
  const errsight = await import('errsight');

  required.init();
  required.captureException(new TypeError('captured by require'));
  errsight.captureException(new TypeError('captured by import'));

  pino({}, errsightStream()).error(new RangeError('logged to the stream'));
  pino({ transport: { target: 'errsight/pino' } }).error(new RangeError('logged to the target'));

  console.log(
    JSON.stringify({
      from: pathToFileURL(require.resolve('errsight')).href,
      oneInstance: required.captureException === errsight.captureException,
      oneStream: (await import('errsight/pino')).default === errsightStream,
      scope: errsight.Scope.name,
      version: require('errsight/package.json').version,
    }),
  );
  process.exit(3);
}

main();
