/** What stands for `late.cts` in the ES modules that bundlers take. */
import * as client from './main/client.ts';
import * as inThread from './in-thread.ts';

export const loadClient = (): typeof client => client;

export const loadInThread = (): typeof inThread => inThread;
