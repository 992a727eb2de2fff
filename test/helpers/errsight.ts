import type { Test } from 'tap';
import {
  DEV_WRITE_KEY,
  startServer,
  type LocalErrsight,
  type LocalErrsightOptions,
  type SilentLoss,
} from '../../src/dev/server.ts';

export interface StrictServerOptions extends LocalErrsightOptions {
  /** False lets the real server's silent losses pass; for tests that are about them. */
  readonly strict?: boolean;
}

/** A local ErrSight for one test, and what a client needs to reach it. */
export interface TestErrsight extends LocalErrsight {
  readonly key: string;
  /** The same for a child process. */
  readonly env: Readonly<Record<'ERRSIGHT_HOST' | 'ERRSIGHT_API_KEY', string>>;
}

/**
 * Starts a local ErrSight that ends with the test. Whatever the real server would have changed,
 * dropped or failed to show without saying so fails the test.
 */
export async function strictServer(
  t: Pick<Test, 'teardown'>,
  { strict = true, ...options }: StrictServerOptions = {},
): Promise<TestErrsight> {
  const server = await startServer(options);
  t.teardown(async () => {
    await server.close();
    // Thrown: an assertion would come too late, since the test has ended by now.
    if (strict && server.silent.length > 0) throw new SilentLossError(server.silent);
  });
  const key = options.writeKeys?.[0] ?? DEV_WRITE_KEY;
  // Not a copy: its properties change while it runs.
  return Object.assign(server, {
    key,
    env: { ERRSIGHT_HOST: server.url, ERRSIGHT_API_KEY: key },
  });
}

/** What fails a test in strict mode. */
export class SilentLossError extends Error {
  constructor(losses: readonly SilentLoss[]) {
    const lines = losses.map(
      ({ rule, path, detail, contract }) => `${contract} ${rule} ${path}: ${detail}`,
    );
    super(['the real ErrSight would have said nothing about this:', ...lines].join('\n  '));
    this.name = 'SilentLossError';
  }
}
