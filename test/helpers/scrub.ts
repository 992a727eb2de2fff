import { createScrubber, type Scrubber } from '../../src/event/scrub/scrubber.ts';

/** As it is without options, and without an API key to look for. */
export const scrub: Scrubber = createScrubber({
  scrubKeys: [],
  sendDefaultPii: false,
  apiKey: undefined,
});
