// The recipe: the publisher's scope goes with the job, and holds again where the job runs.
import { Queue, Worker } from 'bullmq';
import { captureException, getScope, Scope, withScope } from 'errsight';

const QUEUE = 'orders';
const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' };

export function openQueue() {
  return new Queue(QUEUE, { connection });
}

/** Adds a job that takes along who published it: the user, the tags, the request. */
export function publish(queue, name, data, options) {
  return queue.add(name, { ...data, errsight: getScope().toJSON() }, options);
}

/** Runs jobs, each in the scope of its publisher. One that failed for good is reported, once. */
export function startWorker(work) {
  const reported = new WeakSet();

  function report(job, error) {
    reported.add(error);
    captureException(error, {
      tags: { job: job.name, queue: job.queueName },
      metadata: { job_id: job.id, job_attempts: Math.max(job.attemptsStarted, job.attemptsMade) },
    });
  }

  async function run(job) {
    try {
      return await work(job);
    } catch (error) {
      // Here, and not in `failed`: the trail of the scope is what this attempt did.
      if (isLast(job, error)) report(job, error);
      throw error;
    }
  }

  const worker = new Worker(
    QUEUE,
    (job) => withScope(Scope.from(job.data.errsight), () => run(job)),
    { connection, concurrency: 10 },
  );
  // What failed without having been run, as a job does whose workers have died too often.
  worker.on('failed', (job, error) => {
    if (job?.finishedOn === undefined || reported.has(error)) return;
    withScope(Scope.from(job.data.errsight), () => report(job, error));
  });
  // Redis is away; BullMQ goes on when it is back.
  worker.on('error', (error) => process.stderr.write(`the queue: ${error.message}\n`));
  return worker;
}

/** Whether BullMQ will not try again. */
function isLast(job, error) {
  return error.name === 'UnrecoverableError' || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}
