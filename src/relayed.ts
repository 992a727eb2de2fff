/**
 * What became of the events that `relay` was given:
 *
 * - `delivered`: all of them have arrived.
 * - `lost`: all is settled, and at least one will never arrive; `stats` says why.
 * - `pending`: at least one had not arrived when the time was over, or nobody is here to send it. Hand
 *   them over again later. What waits in the queue by then may arrive all the same, and so twice.
 */
export type Relayed = 'delivered' | 'lost' | 'pending';
