/** What the network has brought is read before a wait counts as over. */
import { test } from 'tap';
import { Batcher } from '../../src/delivery/batcher.ts';
import { Ledger } from '../../src/delivery/ledger.ts';
import { createSender } from '../../src/delivery/send.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { KEY, serve } from './local.ts';

const MS = 300;

for (const call of ['flush', 'close'] as const) {
  void test(`${call}: an answer that is at hand counts, though the thread was busy until too late`, async (t) => {
    let until = 0;
    const { host } = await serve(t, (request, response) => {
      request.resume().on('end', () => {
        response.writeHead(202, { 'content-type': 'application/json' });
        response.end('{"status":"accepted","queued":1}');
        // The answer has left. Nobody reads it before the time of the call is over.
        while (systemClock.now() < until);
      });
    });
    const sender = createSender({ host, apiKey: KEY, timeout: 60_000 });
    const ledger = new Ledger({ clock: systemClock });
    const batcher = new Batcher({
      sender,
      clock: systemClock,
      ledger,
      batchSize: 50,
      flushInterval: 60_000,
      maxQueueSize: 100,
      maxQueueBytes: 1_000_000,
    });
    t.teardown(() => sender.close());
    batcher.add(Buffer.from('{}'), { lane: 1 });
    until = systemClock.now() + MS + 50;
    t.equal(await batcher[call](MS), true);
    t.equal(ledger.delivered, 1);
  });
}
