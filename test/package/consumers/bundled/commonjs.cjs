// The same of CommonJS modules.
const { captureException, init, OptionError } = require('errsight');
const { default: errsight, OptionError: SameError } = require('errsight/pino');

init();
captureException(new TypeError('captured in a bundle'));
const time = Date.now();
const err = { type: 'RangeError', message: 'logged in a bundle' };
errsight().write(`${JSON.stringify({ level: 50, time, msg: err.message, err })}\n`);

console.log(JSON.stringify({ oneClass: OptionError === SameError }));
