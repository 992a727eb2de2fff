// For `import`: the same module that `require` gives, so that there is one of it in a process.
// Each name is written down, since what Node finds in a CommonJS module by itself is a guess.
export {
  OptionError,
  Scope,
  addBreadcrumb,
  captureEvent,
  captureException,
  captureMessage,
  close,
  flush,
  getScope,
  init,
  relay,
  setTag,
  setTags,
  setUser,
  stats,
  withErrsight,
  withScope,
  wrapHandler,
} from '../dist/cjs/src/index.js';
