import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Test } from 'tap';

/** What becomes of a connection, counted from 1: true if that was seen to, and nothing is passed on. */
export type OnConnection = (socket: Socket, number: number, server: Socket) => boolean;

/** What stands before a server: passes bytes on, and can fail in ways that a server cannot. */
export interface Front {
  readonly url: string;
  /** Nobody listens any more, and all connections are reset. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
}

/** A front that ends with the test. */
export async function startFront(
  t: Pick<Test, 'teardown'>,
  to: number,
  onConnection: OnConnection = () => false,
): Promise<Front> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let port = 0;
  let server: Server | undefined;

  function pass(socket: Socket): void {
    const upstream = connect(to, '127.0.0.1');
    for (const [each, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => {
        sockets.delete(each);
        other.destroy();
      });
    }
    if (onConnection(socket, ++connections, upstream)) return;
    socket.pipe(upstream).pipe(socket);
  }

  async function down(): Promise<void> {
    const old = server;
    server = undefined;
    for (const socket of sockets) socket.resetAndDestroy();
    if (old === undefined) return;
    old.close();
    await once(old, 'close');
  }

  async function up(): Promise<void> {
    server = createServer(pass).listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }

  await up();
  t.teardown(down);
  return { url: `http://127.0.0.1:${port}`, down, up };
}
