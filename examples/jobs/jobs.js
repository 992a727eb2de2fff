// The recipe: the publisher's scope goes with the job, and holds again where the job runs.
import { Queue, Worker } from 'bullmq';
import { captureException, Scope, scopeForJob, withScope, wrapJob } from 'errsight';

const QUEUE = 'orders';
const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' };

export function openQueue() {
  return new Queue(QUEUE, { connection });
}

/** Adds a job that takes along who published it: the user, the tags, the request. */
export function publish(queue, name, data, options) {
  return queue.add(name, { ...data, errsight: scopeForJob() }, options);
}

/** Runs jobs, each in the scope of its publisher. Each try that fails is reported, the last one as an error. */
export function startWorker(work) {
  const worker = new Worker(QUEUE, wrapJob(QUEUE, work), { connection, concurrency: 10 });
  // What failed without having been run, as a job does whose workers have died too often. Of what was run
  // this is no second event.
  worker.on('failed', (job, error) => {
    if (job?.finishedOn === undefined) return;
    withScope(Scope.from(job.data.errsight), () => {
      captureException(error, { tags: { queue: QUEUE, job: job.name } });
    });
  });
  // Redis is away; BullMQ goes on when it is back.
  worker.on('error', (error) => process.stderr.write(`the queue: ${error.message}\n`));
  return worker;
}
