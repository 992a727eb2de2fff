import type { Client } from './client.ts';
import type { ProcessState } from './state.ts';

/** Whether there is no client to report to and nothing to wait for. */
export function isAlone({ clients, standby, workers }: ProcessState): boolean {
  return clients.size === 0 && standby === undefined && !workers.isExpected;
}

/**
 * The clients that report what no logger is told: one for each project that has a logger or a
 * client here.
 */
export function reportersOf({ client, clients, standby }: ProcessState): Client[] {
  if (client !== undefined) return [client];
  const pinos = standby?.client();
  const byProject = new Map<string, Client>();
  for (const each of pinos === undefined ? clients : [...clients, pinos]) {
    if (!byProject.has(each.project)) byProject.set(each.project, each);
  }
  return [...byProject.values()];
}
