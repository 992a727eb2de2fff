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

/** What completes breadcrumbs where there is no pipeline. */
export interface Crumbs {
  readonly scrub: Scrubber;
  readonly maker: CrumbMaker;
}

/**
 * Makes it as the worker would.
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
 * Starts what a process with pino's worker needs on this thread: requests have scopes, breadcrumbs are
 * completed, crashes and failing requests are reported, `flush()` and signals wait for the worker. Takes
 * the place of what was started before.
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
    // The standby's client begins too late for that.
    standby !== undefined && config.localVariables.length > 0 && config.captureUncaught
      ? localsOf(state).use()
      : () => undefined,
  ];
  state.makers = [...state.makers, maker];
  // Behind the start of the new ones: what both want is not interrupted.
  state.endPinoSide?.();
  state.standby = standby;
  state.endPinoSide = () => {
    state.makers = state.makers.filter((each) => each !== maker);
    if (state.standby === standby) state.standby = undefined;
    for (const stop of stops) stop();
  };
}
