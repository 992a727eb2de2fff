import { Batcher } from '../delivery/batcher.ts';
import { createCustomSender } from '../delivery/custom.ts';
import type { Ledger } from '../delivery/ledger.ts';
import { createSender, type Sender } from '../delivery/send.ts';
import { rateOf } from '../delivery/shared-rate.ts';
import { loadSpool } from '../delivery/spool/late-spool.cts';
import type { Spool } from '../delivery/spool/spool.ts';
import { shrink } from '../event/wire/fit.ts';
import { isEnding } from '../end-time.ts';
import { refresh } from '../event/wire/from-disk.ts';
import { systemClock } from '../lib/clock.ts';
import type { Reporter } from '../lib/report.ts';
import type { ActiveConfig } from '../options/config.ts';
import { requireHook } from '../options/hooks.ts';
import { recorder } from '../recorder.ts';
import type { Transport } from '../transport.ts';

/** Bytes that a spool may take of a disk. */
const SPOOL_BYTES = 64 * 1024 * 1024;
/** ms that an event may lie on the disk. ErrSight keeps events for 30 days by default. */
const SPOOL_AGE = 30 * 86_400_000;

interface Around {
  readonly ledger: Ledger;
  readonly reporter: Reporter;
  /** The folder by which a spool knows the application. */
  readonly application: string;
  /** See `PipelineSurroundings`. */
  readonly catchUp: (() => void) | undefined;
}

/** Opens what delivers events as the options say: the batcher with its sender and its spool. */
export function openBatcher(
  config: ActiveConfig,
  { ledger, reporter, application, catchUp }: Around,
): Batcher {
  return new Batcher({
    ...config,
    sender: openSender(config),
    clock: systemClock,
    ledger,
    spool: openSpool(config, application, reporter),
    // A function of the user's may send events anywhere.
    ...(config.transport === undefined && { rate: rateOf(config.host, config.apiKey) }),
    isEnding,
    refresh,
    catchUp,
    shrink,
  });
}

function openSender(config: ActiveConfig): Sender {
  const transport = requireHook('transport', config.transport) as Transport | undefined;
  const sender =
    transport === undefined ? createSender(config) : createCustomSender(transport, config.timeout);
  return {
    send: (...given) =>
      recorder() === undefined ? sender.send(...given) : Promise.resolve({ kind: 'accepted' }),
    close: () => sender.close(),
  };
}

function openSpool(
  config: ActiveConfig,
  application: string,
  reporter: Reporter,
): Spool | undefined {
  const { spool: chosen } = config;
  if (chosen === false || recorder() !== undefined) return undefined;
  const { createSpool, spoolHome } = loadSpool();
  const { folder, why, siblings } = spoolHome(chosen, { host: config.host, application });
  reporter.debug(`the spool lies in ${folder}: ${why}`);
  return createSpool({
    folder,
    siblings,
    maxBytes: SPOOL_BYTES,
    maxAge: SPOOL_AGE,
    clock: systemClock,
    report: (message) => reporter.warn(message),
  });
}
