import { Writable } from 'node:stream';
import type { LineStream } from './lines.ts';

/** Makes a stream that passes its texts to `write`, and ends with another stream. */
export function leadingTo(stream: LineStream, write: (text: string | Buffer) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      write(chunk);
      done();
    },
    final(done) {
      if (stream.closed) done();
      else stream.once('close', () => done());
    },
  });
}

/** The makers of further streams, by the first one. */
const makers = new WeakMap<LineStream, () => Writable>();

/**
 * A stream for a target that is there a second time. pino writes each line to both, one right after
 * the other, and it counts once. If they have different levels, some lines come by one of them only.
 */
export function twinOf(stream: LineStream): Writable {
  const make = makers.get(stream) ?? makerOf(stream);
  makers.set(stream, make);
  return make();
}

function makerOf(stream: LineStream): () => Writable {
  const write = stream.write.bind(stream);
  let last: unknown;
  /** Those that have written the last text. */
  const writers = new Set<unknown>();

  function isAgain(text: unknown, writer: unknown): boolean {
    const isTwin = text === last && !writers.has(writer);
    if (!isTwin) writers.clear();
    last = text;
    writers.add(writer);
    return isTwin;
  }

  stream.write = (chunk: unknown): boolean => isAgain(chunk, stream) || write(chunk);
  return () => {
    const twin = leadingTo(stream, (text) => {
      if (!isAgain(text, twin)) write(text);
    });
    return twin;
  };
}
