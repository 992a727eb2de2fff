import { ends, type Watch } from './ends.ts';
import { helper } from './helper.ts';
import type { Item } from '../delivery/item.ts';
import type { Pipeline } from '../pipeline.ts';

/**
 * Lets events arrive although the process ends. Changes no exit code, and delays the end by
 * `shutdownTimeout` at most. Returns a function that ends the watch.
 *
 *   natural end    beforeExit  flushes, and the event loop lives until that is done
 *   process.exit,  exit        hands what is left to a worker of its own and waits for it,
 *   uncaught throw             since nothing asynchronous happens on this thread any more
 */
export function watchExit(pipeline: Pipeline): () => void {
  const all = ends();
  /** Events that `exit` listeners after ours captured. */
  const late: Item[] = [];
  const watch: Watch = {
    patience: pipeline.config.shutdownTimeout,
    accepted() {
      pipeline.gather();
      return pipeline.stats().accepted;
    },
    waiting() {
      pipeline.gather();
      const { queued, inFlight } = pipeline.stats();
      return queued + inFlight;
    },
    hurry: () => pipeline.hurry(),
    hold: () => pipeline.holdForCrash(),
    flush: (ms) => pipeline.flush(ms),
    handOver(ms, by) {
      const remaining = pipeline.takeRemaining((event) => {
        late.push(event);
        all.late(watch, by);
      });
      return helper.send(pipeline, [...remaining, ...late.splice(0)], ms);
    },
    giveUp: () => pipeline.giveUp(),
    tellLost: () => pipeline.tellLost(),
  };
  return all.watch(watch);
}
