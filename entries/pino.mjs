// For `import`: the same module that `require` gives, so that there is one of it in a process.
import pino, { OptionError } from '../dist/cjs/pino.js';

export { OptionError };
// To Node the default of a CommonJS module is the module; Rollup looks into it.
export default pino.default ?? pino;
