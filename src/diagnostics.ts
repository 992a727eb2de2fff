import { channel, type Channel } from 'node:diagnostics_channel';

/** What is said on `errsight:delivered`, `:retried`, `:dropped` and `:spooled`. */
export interface DeliveryMessage {
  /** Events. */
  readonly count: number;
  /** Why: of a retry in words, of a drop one of the names in `stats()`. */
  readonly reason?: string;
}

export type Happening = 'delivered' | 'retried' | 'dropped' | 'spooled';

const CHANNELS: Readonly<Record<Happening, Channel>> = {
  delivered: channel('errsight:delivered'),
  retried: channel('errsight:retried'),
  dropped: channel('errsight:dropped'),
  spooled: channel('errsight:spooled'),
};

let isPublishing = false;

/**
 * Tells subscribers, if there are any, within the call that makes it happen. One that captures an
 * event in answer to a drop would call itself for ever, so what it causes is not told.
 */
export function publish(what: Happening, message: DeliveryMessage): void {
  if (isPublishing || message.count === 0 || !CHANNELS[what].hasSubscribers) return;
  isPublishing = true;
  try {
    // What a subscriber throws Node itself reports, as an uncaught exception of a later moment.
    CHANNELS[what].publish(message);
  } finally {
    isPublishing = false;
  }
}
