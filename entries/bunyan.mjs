// For `import`: the same module that `require` gives, so that there is one of it in a process.
export {
  ErrsightStream,
  OptionError,
  createErrsightStream,
  serializers,
} from '../dist/cjs/transports/bunyan.js';
