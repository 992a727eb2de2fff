import { requireHook } from '../../options/hooks.ts';
import { createReporter } from '../../lib/report.ts';
import { describe } from '../../event/error/one-line.ts';
import { createClient } from '../start.ts';
import { projectOf } from '../reported.ts';
import { watchUncaught } from '../uncaught.ts';
import type { BeforeBreadcrumb, BeforeSend, TargetConfig } from '../../options/options.ts';
import type { Client } from '../client.ts';
import type { ProcessState } from '../state.ts';

/** What pino's side watches already. */
const NOTHING = {
  requestScopes: false,
  httpBreadcrumbs: false,
  redisBreadcrumbs: false,
  mysqlBreadcrumbs: false,
};

/**
 * Reports what nobody catches where there is no client on this thread: the worker may be starting yet,
 * and sees no error that is not logged. What it takes is made when it is needed. Returns what ends it.
 */
export function watchCrashes(state: ProcessState, config: TargetConfig): () => void {
  if (!config.captureUncaught || config.apiKey === undefined) return () => undefined;
  const project = projectOf(config);
  let client: Client | undefined;

  function open(): Client | undefined {
    try {
      return createClient(
        {
          ...config,
          beforeSend: requireHook('beforeSend', config.sendHook) as BeforeSend | undefined,
          beforeBreadcrumb: requireHook('beforeBreadcrumb', config.breadcrumbHook) as
            BeforeBreadcrumb | undefined,
          track: NOTHING,
          captureUncaught: false,
          attachStacktrace: false,
        },
        state,
      );
    } catch (error) {
      createReporter(config).warn(`an uncaught error is not reported: ${describe(error)}`);
      return undefined;
    }
  }

  const stop = watchUncaught((...said) => {
    const isTold =
      state.client?.project === project ||
      [...state.clients].some((each) => each.watchesUncaught && each.project === project);
    if (isTold) return;
    client ??= open();
    client?.reportUncaught(...said);
  });
  return () => {
    stop();
    void client?.close();
  };
}
