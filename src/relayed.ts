/**
 * What became of the events that `relay` was given:
 *
 * - `delivered`: all have arrived.
 * - `lost`: nothing is open any more, and at least one event will never arrive. `stats` says why.
 * - `pending`: at least one had not arrived when the time was over, or there is no client to send
 *   it. Give all of them to `relay` again later. Those that still wait in the queue may then arrive
 *   twice.
 */
export type Relayed = 'delivered' | 'lost' | 'pending';
