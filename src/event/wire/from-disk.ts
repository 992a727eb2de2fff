import type { ErrsightEvent } from '../event.ts';
import { fit } from './fit.ts';
import { attempt } from '../../lib/safe-read.ts';
import { timeOf } from '../../lib/time.ts';

/**
 * Updates an event from the disk, so that its time is one that ErrSight keeps. ErrSight replaces a
 * time that is older than 7 days. So the true time goes into the metadata.
 */
export function refresh(bytes: Buffer): Buffer {
  return attempt(() => withBelievableTime(JSON.parse(bytes.toString()) as ErrsightEvent)) ?? bytes;
}

function withBelievableTime(event: ErrsightEvent): Buffer | undefined {
  const { occurredAt, trueTime } = timeOf(event.occurred_at, Date.now());
  if (trueTime === undefined) return undefined;
  const metadata = { occurred_at: trueTime, ...event.metadata };
  return Buffer.from(fit({ ...event, occurred_at: occurredAt, metadata }));
}
