// Takes the fleet's events out of Redis and sends them on to ErrSight. Run one of it for each project:
// it alone then meets the project's rate limit, and keeps to it. Host and key come from the environment
// (ERRSIGHT_HOST, ERRSIGHT_API_KEY). Started again after whatever end, it goes on where it was.
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, RESP_TYPES } from 'redis';
import { close, init, relay } from 'errsight';
import { FIELD, STREAM, URL } from './queue.js';

const GROUP = 'errsight';
const NAME = 'consumer';
/** Entries at a time: 20 of the largest are 10 MB, and less than half of what errsight's queue holds. */
const COUNT = 20;
/** ms that a read waits for news, and SIGTERM for the read. */
const BLOCK = 1_000;

init({ release: 'fleet-consumer-1.0.0' });

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    stop.abort();
    // What has not arrived by then stays in Redis, and `relay` says so.
    void close();
  });
}

// The loop below connects again, and claims what was under way.
const client = createClient({ url: URL, socket: { reconnectStrategy: false } });
// Each command that fails says the same.
client.on('error', () => undefined);
// The events are bytes, which nobody has to make a text of.
const redis = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });

let isTroubled = false;
while (!stop.signal.aborted) {
  try {
    if (!client.isOpen) await client.connect();
    await openGroup();
    if (isTroubled) say('Redis is there again');
    isTroubled = false;
    await forwardOld();
    while (!stop.signal.aborted) await forwardAll(await readNew());
  } catch (error) {
    if (stop.signal.aborted) break;
    if (!isTroubled) say(`trying again every second: ${String(error)}`);
    isTroubled = true;
    await sleep(1_000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}
if (client.isOpen) client.destroy();

/** From the beginning of the stream: events may have come before the first consumer. */
async function openGroup() {
  try {
    await redis.xGroupCreate(STREAM, GROUP, '0', { MKSTREAM: true });
  } catch (error) {
    if (!String(error).includes('BUSYGROUP')) throw error;
  }
}

/** What was read and never acknowledged: by a consumer that was killed, or before Redis went away. */
async function forwardOld() {
  let from = '0-0';
  do {
    const claimed = await redis.xAutoClaim(STREAM, GROUP, NAME, 0, from, { COUNT });
    // Null, or in a newer Redis left out: it gave way to newer ones while it waited.
    await forwardAll(claimed.messages.filter((entry) => entry !== null));
    from = String(claimed.nextId);
  } while (from !== '0-0' && !stop.signal.aborted);
}

async function readNew() {
  const streams = { key: STREAM, id: '>' };
  const answer = await redis.xReadGroup(GROUP, NAME, streams, { COUNT, BLOCK });
  return answer?.[0]?.messages ?? [];
}

/** Entries go side by side, so that their events share requests; each is done with for itself. */
async function forwardAll(entries) {
  const done = await Promise.allSettled(entries.map(forward));
  const failed = done.find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function forward({ id, message }) {
  // However long it takes: nothing more is read meanwhile, and Redis keeps what comes.
  const fate = await relay(message[FIELD] ?? Buffer.alloc(0), Infinity);
  if (fate === 'pending') throw new Error(`entry ${id} has not arrived`);
  if (fate === 'lost') say(`entry ${id}: ErrSight will not take all of its events`);
  // Deleted as well: the length of the stream is then what still waits.
  await redis.multi().xAck(STREAM, GROUP, id).xDel(STREAM, id).exec();
}

function say(text) {
  process.stderr.write(`errsight fleet: ${text}\n`);
}
