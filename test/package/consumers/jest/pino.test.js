const pino = require('pino');
const { default: errsightStream } = require('errsight/pino');

function end(stream) {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.end();
  });
}

test('the target delivers', async () => {
  const transport = pino.transport({ target: 'errsight/pino' });
  pino(transport).error({ err: new RangeError('logged to the target in Jest') }, 'oh no');
  await end(transport);
});

test('the stream delivers', async () => {
  const stream = errsightStream();
  pino({}, stream).error({ err: new RangeError('logged to the stream in Jest') }, 'oh no');
  await end(stream);
});
