import { channel, type Channel } from 'node:diagnostics_channel';

/** The message on the channels `errsight:delivered`, `:retried`, `:dropped` and `:spooled`. */
export interface DeliveryMessage {
  /** How many events. */
  readonly count: number;
  /**
   * Why. `:retried` says it in words, and `:dropped` by one of the names in `stats()`. The other
   * channels have no reason.
   */
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
 * Calls the subscribers at once. What a subscriber itself causes is not published. Otherwise a
 * subscriber that captures an event for each drop would call itself for ever.
 */
export function publish(what: Happening, message: DeliveryMessage): void {
  if (isPublishing || message.count === 0 || !CHANNELS[what].hasSubscribers) return;
  isPublishing = true;
  try {
    // If a subscriber throws, Node reports that later as an uncaught exception.
    CHANNELS[what].publish(message);
  } finally {
    isPublishing = false;
  }
}
