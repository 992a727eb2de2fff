/** A server that counts the errors that it is told of: those of the events, and those that events stand for. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Told {
  readonly metadata?: { readonly errsight_repeats_lost?: number };
}

export interface CountingServer {
  readonly url: string;
  told(): number;
  close(): void;
}

export async function countingServer(): Promise<CountingServer> {
  let told = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const events = JSON.parse(Buffer.concat(chunks).toString()) as readonly Told[];
      for (const { metadata } of events) told += 1 + (metadata?.errsight_repeats_lost ?? 0);
      response.writeHead(202, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ status: 'accepted', queued: events.length }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told: () => told,
    close: () => void server.close(),
  };
}
