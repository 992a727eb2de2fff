import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { captureException, close, init } from '../../src/index.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

class PaymentError extends Error {
  override name = 'PaymentError';
  code = 'E17';
  password = 'hunter2';
}

t.test('an event has what docs/privacy.md shows, and no more', (t) => {
  const file = new URL('../../../../docs/privacy.md', import.meta.url);
  const [, json = ''] = /```json\n([^]*?)```/.exec(readFileSync(fileURLToPath(file), 'utf8')) ?? [];
  const shown = JSON.parse(json) as ErrsightEvent;
  let sent: ErrsightEvent | undefined;
  init({
    apiKey: `elp_${'0'.repeat(48)}`,
    captureUncaught: false,
    // Else what the files of the project say, which is another one for each commit.
    release: false,
    beforeSend: (event) => {
      sent = event;
      return null;
    },
  });
  t.teardown(() => close());
  captureException(new PaymentError('could not charge with token=abc'), {
    metadata: { order: 4711, apiKey: 'x' },
  });
  t.equal(sent?.message, shown.message);
  t.strictSame(Object.keys(sent ?? {}).toSorted(), Object.keys(shown).toSorted());
  t.strictSame(
    Object.keys(sent?.metadata ?? {}).toSorted(),
    Object.keys(shown.metadata).toSorted(),
  );
  t.strictSame(sent?.metadata['exception_properties'], shown.metadata['exception_properties']);
  t.equal(sent?.metadata['apiKey'], '[Filtered]');
  t.end();
});
