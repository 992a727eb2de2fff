import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { BSON } from 'mongodb';
import type { Test } from 'tap';

/**
 * A server that speaks as much of MongoDB's protocol as its driver needs: `find` has one document, and what has
 * `fail` as its collection fails with 11000. Returns its port.
 */
export async function startMongo(t: Pick<Test, 'teardown'>): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let input = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      input = Buffer.concat([input, chunk]);
      while (input.length >= 4 && input.length >= input.readInt32LE(0)) {
        const length = input.readInt32LE(0);
        socket.write(reply(input.subarray(0, length)));
        input = input.subarray(length);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

/** OP_MSG: a head of 16 bytes, flags, and a section of the kind 0 with the command. */
const OP_MSG = 2013;
const COMMAND = 21;

function reply(request: Buffer): Buffer {
  const length = request.readInt32LE(COMMAND);
  const command = BSON.deserialize(request.subarray(COMMAND, COMMAND + length));
  const body = Buffer.from(BSON.serialize(answerTo(command)));
  const head = Buffer.alloc(COMMAND);
  head.writeInt32LE(COMMAND + body.length, 0);
  head.writeInt32LE(request.readInt32LE(4), 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}

function answerTo(command: Readonly<Record<string, unknown>>): object {
  if (Object.values(command)[0] === 'fail') {
    return {
      ok: 0,
      code: 11_000,
      codeName: 'DuplicateKey',
      errmsg: 'E11000 duplicate key: s3cr3t',
    };
  }
  if ('find' in command) {
    return { ok: 1, cursor: { id: 0n, ns: 'shop.orders', firstBatch: [{ _id: 1 }] } };
  }
  return {
    ok: 1,
    n: 1,
    helloOk: true,
    isWritablePrimary: true,
    minWireVersion: 0,
    maxWireVersion: 25,
  };
}
