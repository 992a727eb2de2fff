import { createClient, RESP_TYPES } from 'redis';
import { FIELD, GROUP } from '../fleet/streams.ts';
import type { Entry, Queue } from '../fleet/relay.ts';

/** ms that a read waits for news. */
const BLOCK = 1_000;
/** ms after which a connection without an answer is one no more: each asks more often. */
const SILENT = 15_000;
/** ms after which the name of a relay that is gone, and has left nothing, is forgotten. */
const FORGOTTEN = 86_400_000;

export interface QueueOptions {
  readonly url: string;
  readonly streams: readonly string[];
  /** The name of this relay, unlike those of the others. */
  readonly name: string;
}

/** Streams of Redis with a group of relays. Commands fail at once where Redis is away; `connect` goes there again. */
export function createQueue({ url, streams, name }: QueueOptions): {
  readonly queue: Queue;
  readonly connect: () => Promise<void>;
  readonly close: () => void;
} {
  const open = () => {
    // Who reads waits in the connection, so each stream has one for that.
    const made = createClient({
      url,
      socket: { reconnectStrategy: false, socketTimeout: SILENT },
      disableOfflineQueue: true,
    });
    // Each command that fails says the same.
    made.on('error', () => undefined);
    return made;
  };
  // The events are bytes, which nobody has to make a text of.
  const bytes = { [RESP_TYPES.BLOB_STRING]: Buffer };
  const client = open();
  const redis = client.withTypeMapping(bytes);
  const readers = new Map(
    streams.map((stream) => {
      const own = open();
      return [stream, { own, typed: own.withTypeMapping(bytes) }] as const;
    }),
  );
  const all = [client, ...[...readers.values()].map(({ own }) => own)];

  async function connect(): Promise<void> {
    await Promise.all(
      all.map(async (each) => {
        if (each.isOpen && !each.isReady) each.destroy();
        if (!each.isOpen) await each.connect();
      }),
    );
    for (const stream of streams) await openGroup(stream);
  }

  /** From the beginning of the stream: events may have come before the first relay. */
  async function openGroup(stream: string): Promise<void> {
    try {
      await client.xGroupCreate(stream, GROUP, '0', { MKSTREAM: true });
    } catch (error) {
      if (!String(error).includes('BUSYGROUP')) throw error;
    }
    for (const each of await client.xInfoConsumers(stream, GROUP)) {
      if (each.pending === 0 && each.idle > FORGOTTEN) {
        await client.xGroupDelConsumer(stream, GROUP, each.name);
      }
    }
  }

  const queue: Queue = {
    async read(stream, count) {
      const reader = readers.get(stream);
      if (reader === undefined) return [];
      const from = { key: stream, id: '>' };
      const answer = await reader.typed.xReadGroup(GROUP, name, from, { COUNT: count, BLOCK });
      return entriesOf(answer?.[0]?.messages ?? []);
    },
    async claim(stream, count, idle) {
      const found: Entry[] = [];
      let from = '0-0';
      do {
        const options = { COUNT: count };
        const claimed = await redis.xAutoClaim(stream, GROUP, name, idle, from, options);
        found.push(...entriesOf(claimed.messages));
        from = String(claimed.nextId);
      } while (from !== '0-0' && found.length < count);
      return found;
    },
    async keep(stream, ids) {
      // To claim what is one's own, without its bytes, says that one is there.
      await client.xClaimJustId(stream, GROUP, name, 0, [...ids]);
    },
    async done(stream, ids) {
      // Deleted as well: the length of the stream is then what still waits.
      await client
        .multi()
        .xAck(stream, GROUP, [...ids])
        .xDel(stream, [...ids])
        .exec();
    },
    length: (stream) => client.xLen(stream),
    async move(from, to, { id, body }) {
      await client
        .multi()
        .xAdd(to, '*', { [FIELD]: Buffer.from(body) })
        .xAck(from, GROUP, id)
        .xDel(from, id)
        .exec();
    },
  };
  return {
    queue,
    connect,
    close: () => {
      for (const each of all) if (each.isOpen) each.destroy();
    },
  };
}

interface Message {
  readonly id: unknown;
  readonly message: Readonly<Record<string, unknown>>;
}

/** Null, or in a newer Redis left out, is what was deleted meanwhile. */
function entriesOf(messages: readonly (Message | null)[]): Entry[] {
  return messages.flatMap((each) => {
    if (each === null) return [];
    const body = each.message[FIELD];
    return [{ id: String(each.id), body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) }];
  });
}
