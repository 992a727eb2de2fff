// An application of ES modules, of which a bundler makes one file.
import { captureException, init, OptionError } from 'errsight';
import errsight, { OptionError as SameError } from 'errsight/pino';

init();
captureException(new TypeError('captured in a bundle'));
const time = Date.now();
const err = { type: 'RangeError', message: 'logged in a bundle' };
errsight().write(`${JSON.stringify({ level: 50, time, msg: err.message, err })}\n`);

console.log(JSON.stringify({ oneClass: OptionError === SameError }));
