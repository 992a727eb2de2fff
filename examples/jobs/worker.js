// Runs the jobs, until SIGTERM. Orders with an odd number cannot be shipped; the others can at the
// second attempt.
import { once } from 'node:events';
import { addBreadcrumb, close, init } from 'errsight';
import { startWorker } from './jobs.js';

init();

const worker = startWorker(async (job) => {
  const { order } = job.data;
  addBreadcrumb({ category: 'job', message: `attempt ${job.attemptsStarted} at order ${order}` });
  if (order % 2 === 1) throw new Error(`order ${order} has no address`);
  if (job.attemptsStarted === 1) throw new Error(`the carrier of order ${order} is away`);
});

await once(process, 'SIGTERM');
await worker.close();
await close();
