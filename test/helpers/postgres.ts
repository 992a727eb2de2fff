import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/**
 * A server that speaks as much of PostgreSQL's protocol as its clients need: it answers each statement with a
 * row, and one in whose text is `fail` with the error 23505. Returns its port.
 */
export async function startPostgres(t: Pick<Test, 'teardown'>): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
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

function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function int16(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeInt16BE(number, 2 * index);
  return bytes;
}

function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

const READY = message('Z', 'I');
/** One column of the type text, named `n`. */
const COLUMNS = message(
  'T',
  int16(1),
  'n\0',
  int32(0),
  int16(0),
  int32(25),
  int16(-1),
  int32(-1),
  int16(0),
);
const ROW = message('D', int16(1), int32(1), '1');
const DONE = message('C', 'SELECT 1\0');
const FAILURE = message('E', 'SERROR\0', 'C23505\0', 'Mduplicate key s3cr3t\0', '\0');

function serve(socket: Socket): void {
  let input = Buffer.alloc(0);
  let hasStarted = false;
  let isFailing = false;
  socket.on('data', (chunk: Buffer) => {
    input = Buffer.concat([input, chunk]);
    for (;;) {
      const start = hasStarted ? 1 : 0;
      if (input.length < start + 4) return;
      const length = input.readInt32BE(start);
      if (input.length < start + length) return;
      const type = hasStarted ? input.toString('latin1', 0, 1) : '';
      const body = input.subarray(start + 4, start + length);
      input = input.subarray(start + length);
      if (hasStarted) answer(type, body);
      else {
        hasStarted = true;
        socket.write(Buffer.concat([message('R', int32(0)), READY]));
      }
    }
  });

  function answer(type: string, body: Buffer): void {
    if (type === 'X') socket.end();
    else if (type === 'Q') {
      const answers = body.includes('fail') ? [FAILURE] : [COLUMNS, ROW, DONE];
      socket.write(Buffer.concat([...answers, READY]));
    } else if (type === 'S') {
      isFailing = false;
      socket.write(READY);
    } else if (!isFailing) {
      if (type === 'P' && body.includes('fail')) {
        isFailing = true;
        socket.write(FAILURE);
      } else socket.write(Buffer.concat(EXTENDED[type] ?? []));
    }
  }
}

const EXTENDED: Readonly<Record<string, readonly Buffer[]>> = {
  P: [message('1')],
  B: [message('2')],
  D: [COLUMNS],
  E: [ROW, DONE],
  C: [message('3')],
};
