import { testCrashes, type Case } from './crash-cases.ts';

const OWN = [
  'direct',
  'direct, unwatched',
  'winston',
  'bunyan',
  'withErrsight, logs',
  'pino and init',
  'pino on this thread',
  'pino alone',
  'pino among targets',
] as const;
const OF_WINSTON = [
  'winston, handles',
  'winston, a file handles',
  'winston, handled apart',
] as const;

testCrashes([
  // What is on its way when the process ends would be sent again.
  ...OWN.map((door): Case => ({
    door,
    handler: 'logs and exits later',
    thrown: 'an Error',
    end: 'throw',
  })),
  ...['direct', 'winston', 'withErrsight, logs'].flatMap((door) =>
    ['logs and exits at once', 'logs later'].map((handler): Case => ({
      door,
      handler,
      thrown: 'an Error',
      end: 'throw',
    })),
  ),
  ...OF_WINSTON.flatMap((door): Case[] => [
    { door, handler: 'none', thrown: 'an Error', end: 'throw' },
    { door, handler: 'none', thrown: 'an Error', end: 'rejection' },
    { door, handler: 'none', thrown: 'an object', end: 'rejection' },
    { door, handler: 'logs and exits', thrown: 'an Error', end: 'rejection' },
    { door, handler: 'logs and exits later', thrown: 'an Error', end: 'throw' },
    { door, handler: 'logs and rethrows', thrown: 'an Error', end: 'rejection' },
  ]),
  ...['direct', 'withErrsight', 'withErrsight, logs', 'pino and init', 'winston'].flatMap((door) =>
    ['throws at the end', 'throws at the exit'].map((handler): Case => ({
      door,
      handler,
      thrown: 'an Error',
      end: 'throw',
    })),
  ),
  ...OWN.filter((door) => door !== 'direct, unwatched').map((door): Case => ({
    door,
    handler: 'logs and dies',
    thrown: 'an Error',
    end: 'throw',
  })),
  { door: 'winston, a file handles', handler: 'none', thrown: 'a text', end: 'throw' },
  ...['an Error', 'a text'].map((thrown): Case => ({
    door: 'winston, handles, asked',
    handler: 'none',
    thrown,
    end: 'rejection',
  })),
  { door: 'winston, handles', handler: 'logs and exits', thrown: 'undefined', end: 'rejection' },
  ...(['throw', 'rejection'] as const).map((end): Case => ({
    door: 'winston, handles, text',
    handler: 'logs and exits',
    thrown: 'an Error',
    end,
  })),
]);
