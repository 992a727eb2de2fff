import t from 'tap';
import { makeEvent } from '../helpers/event.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';
import { refresh } from '../../src/event/wire/from-disk.ts';

const DAY = 86_400_000;

function refreshed(occurredAt: string, metadata: object = {}): ErrsightEvent {
  const event = makeEvent({ occurred_at: occurredAt, metadata: { ...metadata } });
  return JSON.parse(refresh(Buffer.from(JSON.stringify(event))).toString()) as ErrsightEvent;
}

t.test('a time that ErrSight believes stays', async (t) => {
  const time = new Date(Date.now() - DAY).toISOString();
  const event = refreshed(time, { a: 1 });
  t.equal(event.occurred_at, time);
  t.strictSame(event.metadata, { a: 1 });
});

t.test('an older one moves into the metadata, before all that may be cut', async (t) => {
  const time = new Date(Date.now() - 20 * DAY).toISOString();
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, index]));
  const event = refreshed(time, many);
  t.ok(Math.abs(Date.parse(event.occurred_at) - Date.now()) < DAY, 'it counts as of now');
  t.equal(event.metadata['occurred_at'], time);
  t.equal(refreshed(time, { occurred_at: 'said' }).metadata['occurred_at'], 'said');
});

t.test('what is no event stays what it is', async (t) => {
  for (const text of ['', '{', 'null', '[]', '{"occurred_at":1}', '7']) {
    t.equal(refresh(Buffer.from(text)).toString(), text, text);
  }
});
