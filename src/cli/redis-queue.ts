import { createClient, RESP_TYPES } from 'redis';
import { FIELD, GROUP } from '../fleet/streams.ts';
import type { Entry, Queue } from '../fleet/relay.ts';

/** ms that a read waits for new entries. */
const BLOCK = 1_000;
/**
 * ms without an answer after which a connection counts as broken. Each asks more often than that.
 */
const SILENT = 15_000;
/** ms after which a relay that is gone is forgotten, if it has left no entries. */
const FORGOTTEN = 86_400_000;

export interface QueueOptions {
  readonly url: string;
  readonly streams: readonly string[];
  /** The name of this relay. No other relay has it. */
  readonly name: string;
}

/**
 * Streams of Redis with a group of relays. While Redis can't be reached, commands fail at once.
 * `connect` tries again.
 */
export function createQueue({ url, streams, name }: QueueOptions): {
  readonly queue: Queue;
  readonly connect: () => Promise<void>;
  readonly close: () => void;
} {
  const open = () => {
    // A read blocks its connection, so each stream has one for reads.
    const made = createClient({
      url,
      socket: { reconnectStrategy: false, socketTimeout: SILENT },
      disableOfflineQueue: true,
    });
    // Each failed command says the same.
    made.on('error', () => undefined);
    return made;
  };
  // Events are bytes, and need not become a text.
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

  /** It begins at the start of the stream, since events may have come before the first relay. */
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
      // A relay that claims its own entries, without their bytes, shows that it is alive.
      await client.xClaimJustId(stream, GROUP, name, 0, [...ids]);
    },
    async done(stream, ids) {
      // They are deleted as well, so that the length of the stream is what still waits.
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

/** An entry that was deleted meanwhile is null, or left out in a newer Redis. */
function entriesOf(messages: readonly (Message | null)[]): Entry[] {
  return messages.flatMap((each) => {
    if (each === null) return [];
    const body = each.message[FIELD];
    return [{ id: String(each.id), body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) }];
  });
}
