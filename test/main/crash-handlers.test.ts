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
  // Nothing of an import watches the end.
  ...['pino and an import', 'pino among targets and an import'].map((door): Case => ({
    door,
    handler: 'logs and dies',
    thrown: 'an Error',
    end: 'throw',
  })),
  ...[
    'is told by the monitor',
    'logs and sets the exit code',
    'logs, flushes and exits',
    'logs twice and exits',
  ].flatMap((handler, index) =>
    ['direct', 'winston', 'bunyan', 'withErrsight, logs'].map((door): Case => ({
      door,
      handler,
      thrown: 'an Error',
      end: index % 2 === 0 ? 'throw' : 'rejection',
    })),
  ),
  ...['is told by the monitor', 'logs and sets the exit code'].map((handler): Case => ({
    door: 'pino alone',
    handler,
    thrown: 'an Error',
    end: 'throw',
  })),
  ...['prints and exits', 'exits later'].flatMap((handler) =>
    ['direct', 'winston', 'withErrsight'].map((door): Case => ({
      door,
      handler,
      thrown: 'an Error',
      end: 'throw',
    })),
  ),
  ...['direct', 'withErrsight, logs'].map((door): Case => ({
    door,
    handler: 'logs, waits, logs and rethrows',
    thrown: 'an Error',
    end: 'throw',
  })),
  ...['direct', 'winston', 'bunyan', 'withErrsight, logs', 'pino and init'].flatMap(
    (door): Case[] => [
      { door, handler: 'logs an error around it and exits', thrown: 'an Error', end: 'throw' },
      { door, handler: 'logs an error around it and exits', thrown: 'a text', end: 'rejection' },
      { door, handler: 'logs an error of many and exits', thrown: 'an Error', end: 'rejection' },
      { door, handler: 'logs an error of many and exits', thrown: 'a text', end: 'throw' },
    ],
  ),
  ...['direct', 'winston', 'bunyan', 'withErrsight, logs', 'pino and init'].flatMap(
    (door): Case[] => [
      {
        door,
        handler: 'logs its cause and exits',
        thrown: 'an Error with a cause',
        end: 'throw',
      },
      {
        door,
        handler: 'logs its first member and exits',
        thrown: 'an error of many',
        end: 'rejection',
      },
    ],
  ),
  ...['direct', 'winston', 'bunyan'].map((door): Case => ({
    door,
    handler: 'logs and exits',
    thrown: 'an object of a class',
    end: 'throw',
  })),
  { door: 'withErrsight', handler: 'none', thrown: 'an object of a class', end: 'rejection' },
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
