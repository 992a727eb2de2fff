// The module for the option `transport`: puts the events into a stream of Redis instead of posting
// them to ErrSight. It runs in pino's worker, on the main thread, and at the end of a process in a
// thread of its own; each has its own connection, made when there is something to send.
import { createClient } from 'redis';
import { FIELD, STREAM, URL } from './queue.js';

/** Entries that the stream holds, each up to 500,000 bytes; beyond that the oldest are lost. */
const MAX_ENTRIES = Number(process.env.ERRSIGHT_STREAM_MAX ?? 10_000);

let connection;

/** Throws when Redis did not take the events: errsight holds them, and tries again later. */
export async function transport(body, { signal }) {
  connection ??= connect();
  const attempt = connection;
  // A Redis that does not answer: the next attempt begins with a new connection.
  const giveUp = () => forget(attempt);
  signal.addEventListener('abort', giveUp);
  try {
    const client = await attempt.opened;
    await client.xAdd(
      STREAM,
      '*',
      { [FIELD]: body },
      { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: MAX_ENTRIES } },
    );
  } catch (error) {
    forget(attempt);
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function connect() {
  const client = createClient({
    url: URL,
    // When to try again is errsight's to say.
    socket: { reconnectStrategy: false },
    disableOfflineQueue: true,
  });
  const made = { client, opened: undefined };
  // It says so by rejecting as well, or was idle; without a listener it would end the process.
  client.on('error', () => forget(made));
  // An idle connection must not keep a process alive; errsight does while events are on their way.
  client.unref();
  made.opened = client.connect();
  return made;
}

function forget(attempt) {
  if (connection === attempt) connection = undefined;
  if (attempt.client.isOpen) attempt.client.destroy();
}
