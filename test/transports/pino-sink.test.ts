import t from 'tap';
import { Pipeline } from '../../src/pipeline.ts';
import { resolveOptions } from '../../src/options.ts';
import { PinoSink } from '../../transports/pino-sink.ts';

/** Delivers nothing, and notes how long it may take. */
class Patient extends Pipeline {
  readonly waits: number[] = [];
  closes = 0;

  constructor(shutdownTimeout: number) {
    super({ ...resolveOptions({ shutdownTimeout }, {}), apiKey: 'elp_x' });
  }

  override flush(timeout: number): Promise<boolean> {
    this.waits.push(timeout);
    return Promise.resolve(true);
  }

  override close(timeout: number): Promise<boolean> {
    this.waits.push(timeout);
    this.closes += 1;
    return Promise.resolve(false);
  }
}

t.test('flushing and closing take shutdownTimeout, if the thread may live so long', async (t) => {
  for (const [shutdownTimeout, limit, wait] of [
    [5_000, 8_000, 5_000],
    [60_000, 8_000, 8_000],
    [60_000, Infinity, 60_000],
    [0, Infinity, 0],
  ] as const) {
    const pipeline = new Patient(shutdownTimeout);
    const sink = new PinoSink(pipeline, undefined, limit);
    await sink.flush();
    await sink.close();
    t.strictSame(pipeline.waits, [wait, wait], `${shutdownTimeout} ms of at most ${limit}`);
  }
});

t.test('however often it is closed, it closes once and says the same', async (t) => {
  const pipeline = new Patient(1_000);
  const sink = new PinoSink(pipeline, undefined, Infinity);
  t.strictSame(await Promise.all([sink.close(), sink.close(), sink.close()]), [
    false,
    false,
    false,
  ]);
  t.equal(pipeline.closes, 1);
});
