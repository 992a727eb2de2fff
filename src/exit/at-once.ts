import { helper } from './helper.ts';
import type { Pipeline } from '../pipeline.ts';

/**
 * Sends what waits from another thread, and blocks this one until that has arrived, for `ms` at most.
 * What has not arrived by then waits as before.
 */
export function sendAtOnce(pipeline: Pipeline, ms: number): void {
  const send = helper.send(pipeline, pipeline.lend(), ms, (...fates) =>
    pipeline.takeBack(...fates),
  );
  send();
}
