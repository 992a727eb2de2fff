import { CrumbCompleter } from '../../event/make/breadcrumb-completer.ts';
import { lateScrubber } from '../../event/scrub/late-scrubber.ts';
import { requireHook } from '../../options/hooks.ts';
import { createReporter } from '../../lib/report.ts';
import { watchSignals } from '../signals.ts';
import { watchCrashes } from './crashes.ts';
import { createStandby } from './standby.ts';
import { watchesOf } from '../watch/watches.ts';
import type { Scrubber } from '../../event/scrub/scrubber.ts';
import type { BeforeBreadcrumb } from '../../options/options.ts';
import type { TargetConfig } from '../../options/config.ts';
import { localsOf, type ProcessState } from '../state.ts';
import type { CrumbMaker } from '../steps.ts';

/** Completes breadcrumbs if there is no pipeline. */
export interface Crumbs {
  readonly scrub: Scrubber;
  readonly maker: CrumbMaker;
}

/**
 * Makes it with the same options as the worker.
 *
 * @throws {OptionError} for a hook that cannot be loaded at once.
 */
export function createCrumbs(config: TargetConfig): Crumbs {
  const reporter = createReporter(config);
  const scrub = lateScrubber(config);
  const hook = requireHook('beforeBreadcrumb', config.breadcrumbHook);
  const maker = new CrumbCompleter({
    scrub,
    beforeBreadcrumb: hook as BeforeBreadcrumb | undefined,
    report: (message) => reporter.warn(message),
  });
  return { scrub, maker };
}

/**
 * Starts what a process with pino's worker needs on this thread: scopes for requests, complete
 * breadcrumbs, reports of crashes and of failing requests, and the wait of `flush()` and of signals
 * for the worker. Replaces what an earlier call started.
 */
export function startPinoSide(state: ProcessState, config: TargetConfig, maker: CrumbMaker): void {
  // Without an API key there is nothing to report.
  const standby = config.apiKey === undefined ? undefined : createStandby(state, config);
  state.reported.share();
  const stops = [
    watchesOf(state).start(config.track),
    state.workers.use(config.shutdownTimeout),
    ...(standby === undefined
      ? []
      : [
          state.console.use({
            ...config.console,
            breadcrumbLevel: config.breadcrumbLevel,
            client: standby.client,
          }),
        ]),
    watchSignals(),
    ...(standby === undefined ? [] : [watchCrashes(state, config, standby), () => standby.close()]),
    // The standby's client would start the debugger too late.
    standby !== undefined && config.localVariables.length > 0 && config.captureUncaught
      ? localsOf(state).use()
      : () => undefined,
  ];
  state.makers = [...state.makers, maker];
  // Ends the old watches after the new ones have started, so that those that both need are not
  // interrupted.
  state.endPinoSide?.();
  state.standby = standby;
  state.endPinoSide = () => {
    state.makers = state.makers.filter((each) => each !== maker);
    if (state.standby === standby) state.standby = undefined;
    for (const stop of stops) stop();
  };
}
