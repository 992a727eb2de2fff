import { createLru } from '../lib/lru.ts';
import { projectNumber } from '../lib/project-number.ts';
import { sentElsewhere } from '../sent-elsewhere.ts';
import { Rate } from './rate.ts';

/** Projects of one thread that are remembered; a process with more has an unusual number of them. */
const PROJECTS = 50;

const rates = createLru<Rate>({ maxEntries: PROJECTS });

/**
 * What is known of a project's limit in this thread. A process may have several senders for one project,
 * such as two loggers, or one that was closed and opened again: each counts what the others have sent, and
 * what other threads have.
 */
export function rateOf(host: string, apiKey: string): Rate {
  const project = `${host} ${apiKey}`;
  const known = rates.get(project);
  if (known !== undefined) return known;
  const rate = new Rate(Date.now, sentElsewhere(projectNumber(project)));
  rates.set(project, rate);
  return rate;
}
