/** A server that counts the errors that it is told of: those of the events, and those that events stand for. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Told {
  readonly ingestion_id: string;
  readonly metadata?: { readonly errsight_repeats_lost?: number };
}

export interface CountingServer {
  readonly url: string;
  told(): number;
  close(): void;
}

export async function countingServer(): Promise<CountingServer> {
  /** An event whose answer came too late is sent again. */
  const told = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const events = JSON.parse(Buffer.concat(chunks).toString()) as readonly Told[];
      for (const { ingestion_id: id, metadata } of events) {
        told.set(id, 1 + (metadata?.errsight_repeats_lost ?? 0));
      }
      response.writeHead(202, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ status: 'accepted', queued: events.length }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told: () => [...told.values()].reduce((sum, count) => sum + count, 0),
    close: () => void server.close(),
  };
}
