/**
 * For `node --import errsight/register app.js`, and `-r`. It starts from the environment variables,
 * as `init()` does. Without an API key it does nothing and says nothing.
 */
import { init } from './index.ts';

// Node loads it in each worker as well, also in pino's and in ours.
if (process.getBuiltinModule('node:worker_threads').isMainThread) init();
