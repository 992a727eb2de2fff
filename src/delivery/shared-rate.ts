import { createLru } from '../lib/lru.ts';
import { projectNumber } from '../lib/project-number.ts';
import { sentElsewhere } from '../sent-elsewhere.ts';
import { Rate } from './rate.ts';

/** How many projects of one thread are remembered. Few processes have more. */
const PROJECTS = 50;

const rates = createLru<Rate>({ maxEntries: PROJECTS });

/**
 * The rate limit of a project, as this thread knows it. A process may have several senders for one
 * project: two loggers, or one that was closed and opened again. So each counts what all others
 * have sent, also in other threads.
 */
export function rateOf(host: string, apiKey: string): Rate {
  const project = `${host} ${apiKey}`;
  const known = rates.get(project);
  if (known !== undefined) return known;
  const rate = new Rate(Date.now, sentElsewhere(projectNumber(project)));
  rates.set(project, rate);
  return rate;
}
