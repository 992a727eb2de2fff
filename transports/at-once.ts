/** What stands for `src/main/late.cts` in the ES modules that bundlers take. */
import * as client from '../src/main/client.ts';

export const loadClient = (): typeof client => client;
