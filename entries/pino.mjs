// For `import`: the same module that `require` gives, so that there is one of it in a process.
import pino from '../dist/cjs/transports/pino.js';

export { OptionError } from '../dist/cjs/transports/pino.js';
export default pino.default;
