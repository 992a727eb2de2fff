import { write } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** ms after which a full pipe that does not block is tried again. */
const FULL_MS = 5;

/**
 * Writes all that comes from a stream to a file descriptor, byte for byte. It reads no faster than
 * it can write. It ends when the stream ends, nobody reads any more, or the signal aborts. `see`
 * gets each piece once it is written.
 *
 * It does not use `process.stdout`, which blocks the whole process while a pipe is full. No event
 * would be sent then, and no signal heard.
 */
export async function copy(
  from: Readable,
  to: number,
  see: (chunk: Buffer) => void,
  signal: AbortSignal,
): Promise<void> {
  let release: ((isWritten: boolean) => void) | undefined;
  const stop = (): void => {
    from.destroy();
    release?.(false);
  };
  signal.addEventListener('abort', stop);
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      see(chunk);
      const isWritten = await new Promise<boolean>((resolve) => {
        release = resolve;
        void writeAll(to, chunk).then(resolve);
      });
      if (!isWritten || signal.aborted) break;
    }
  } catch {
    // The signal destroyed the stream, or it failed. There is no more to read.
  } finally {
    signal.removeEventListener('abort', stop);
    from.destroy();
  }
}

/** Resolves with false when nobody reads. */
async function writeAll(to: number, chunk: Buffer): Promise<boolean> {
  let done = 0;
  while (done < chunk.length) {
    const written = await new Promise<number | string>((resolve) => {
      write(to, chunk, done, chunk.length - done, null, (error, bytes) =>
        resolve(error === null ? bytes : (error.code ?? 'failed')),
      );
    });
    if (typeof written === 'number') done += written;
    else if (written === 'EAGAIN') await sleep(FULL_MS);
    else return false;
  }
  return true;
}
