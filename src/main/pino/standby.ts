import { requireHook } from '../../options/hooks.ts';
import { createReporter } from '../../lib/report.ts';
import { describe } from '../../event/error/one-line.ts';
import { NO_WATCHES } from '../no-watches.ts';
import { createClient } from '../start.ts';
import { projectOf } from '../../options/project.ts';
import type { BeforeBreadcrumb, BeforeSend } from '../../options/options.ts';
import type { TargetConfig } from '../../options/config.ts';
import type { Client } from '../client.ts';
import type { ProcessState, Standby } from '../state.ts';

/**
 * The client of a process whose only logger is pino. It reports what is in no line, since the
 * worker sees only lines. It is made when it is needed.
 */
export function createStandby(
  state: ProcessState,
  config: TargetConfig,
): Standby & { close(): void } {
  let client: Client | undefined;
  let isClosed = false;

  function open(): Client | undefined {
    try {
      return createClient(
        {
          ...config,
          beforeSend: requireHook('beforeSend', config.sendHook) as BeforeSend | undefined,
          beforeBreadcrumb: requireHook('beforeBreadcrumb', config.breadcrumbHook) as
            BeforeBreadcrumb | undefined,
          track: NO_WATCHES,
          console: { steps: false, events: [] },
          captureUncaught: false,
          // Pino's side has started the debugger.
          localVariables: [],
          attachStacktrace: false,
        },
        state,
        'withErrsight',
      );
    } catch (error) {
      createReporter(config).warn(`an error is not reported: ${describe(error)}`);
      return undefined;
    }
  }

  return {
    project: projectOf(config),
    request: config.request,
    client() {
      if (isClosed) return undefined;
      client ??= open();
      return client;
    },
    close() {
      isClosed = true;
      void client?.close();
    },
  };
}
