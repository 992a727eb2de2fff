import type { ErrsightEvent } from '../../src/event/event.ts';
import type { InitOptions } from '../../src/options/options.ts';

/** Options of a client that sends nothing, and what it would have sent. */
export function keepEvents(): { readonly events: ErrsightEvent[]; readonly options: InitOptions } {
  const events: ErrsightEvent[] = [];
  const options: InitOptions = {
    apiKey: 'elp_0',
    captureUncaught: false,
    beforeSend(event) {
      events.push(event);
      return null;
    },
  };
  return { events, options };
}
