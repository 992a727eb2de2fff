// For `import`: the same module that `require` gives, so that there is one of it in a process.
export { ErrsightTransport, OptionError } from '../dist/cjs/transports/winston.js';
