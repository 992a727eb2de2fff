import type { ErrsightEvent } from '../../src/event/event.ts';

/** An event with nothing in it but what every event has. */
export function makeEvent(changes: Partial<ErrsightEvent> = {}): ErrsightEvent {
  return {
    ingestion_id: '00000000-0000-4000-8000-000000000000',
    level: 'error',
    message: 'it broke',
    occurred_at: '2026-01-02T03:04:05.678Z',
    environment: 'test',
    metadata: {},
    tags: {},
    breadcrumbs: [],
    ...changes,
  };
}
