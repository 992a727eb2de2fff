/** What `uses.ts` loads. */
export { wrapHandler } from './lambda.ts';
export { wrapJob } from './jobs.ts';
export { scopeForJob } from './job-scope.ts';
export { watchKnex } from './watch/knex.ts';
export { watchMongo } from './watch/mongo.ts';
export { watchPool } from './watch/pg.ts';
export { watchPrisma } from './watch/prisma.ts';
export { captureRequestError } from './requests/next.ts';
