import { captureException, init } from 'errsight';
import errsight from 'errsight/pino';
import { createRequire } from 'node:module';

init();
captureException(new TypeError('by import'));
createRequire(import.meta.url)('./app.cjs');
const err = { type: 'RangeError', message: 'of the stream' };
errsight().write(`${JSON.stringify({ level: 50, time: Date.now(), msg: err.message, err })}\n`);
process.exit(3);
