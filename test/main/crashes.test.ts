import { testCrashes, THROWN, type Case } from './crash-cases.ts';

const DOORS = [
  'direct',
  'winston',
  'winston, text',
  'bunyan',
  'bunyan, field',
  'withErrsight',
] as const;
const HANDLERS = ['none', 'logs and exits', 'logs and rethrows'] as const;
/** Not each with each: the loggers differ in how they log, the ends in what a process does. */
const CASES: readonly Case[] = [
  ...DOORS.flatMap((door): Case[] => [
    { door, handler: 'none', thrown: 'an Error', end: 'throw' },
    { door, handler: 'logs and exits', thrown: 'an Error', end: 'throw' },
    { door, handler: 'logs and exits', thrown: 'an Error', end: 'rejection' },
    { door, handler: 'logs and rethrows', thrown: 'an Error', end: 'rejection' },
    { door, handler: 'logs and exits', thrown: 'an object', end: 'rejection' },
    { door, handler: 'logs and exits', thrown: 'a text', end: 'rejection' },
  ]),
  ...['direct', 'winston', 'bunyan', 'withErrsight, logs', 'pino and init'].map((door): Case => ({
    door,
    handler: 'logged before it is thrown',
    thrown: 'an Error',
    end: 'throw',
  })),
  ...HANDLERS.flatMap((handler): Case[] =>
    Object.keys(THROWN).map((thrown) => ({ door: 'direct', handler, thrown, end: 'rejection' })),
  ),
  ...['withErrsight, logs', 'pino and init'].flatMap((door): Case[] => [
    { door, handler: 'logs and exits', thrown: 'an Error', end: 'throw' },
    { door, handler: 'logs and exits', thrown: 'an Error', end: 'rejection' },
    { door, handler: 'logs and rethrows', thrown: 'an Error', end: 'rejection' },
  ]),
  // Of what is no Error pino's lines tell by a text, if they do.
  ...['withErrsight, logs', 'pino and init'].flatMap((door): Case[] => [
    { door, handler: 'logs and exits', thrown: 'an object', end: 'rejection' },
    { door, handler: 'logs and exits', thrown: 'undefined', end: 'rejection' },
    { door, handler: 'logs and rethrows', thrown: 'a text', end: 'rejection' },
  ]),
  ...['winston', 'bunyan'].map((door): Case => ({
    door,
    handler: 'logs and rethrows',
    thrown: 'an object',
    end: 'rejection',
  })),
  // Its worker is told of what is logged, and of nothing else.
  ...Object.keys(THROWN).map((thrown): Case => ({
    door: 'pino alone',
    handler: 'logs and exits',
    thrown,
    end: 'rejection',
  })),
  { door: 'pino alone', handler: 'logs and exits', thrown: 'an Error', end: 'throw' },
  { door: 'pino alone', handler: 'logs and rethrows', thrown: 'an Error', end: 'rejection' },
  { door: 'bunyan', handler: 'logs and exits', thrown: 'undefined', end: 'rejection' },
  { door: 'winston', handler: 'logs and exits', thrown: 'undefined', end: 'rejection' },
  { door: 'withErrsight', handler: 'none', thrown: 'an object', end: 'rejection' },
];

testCrashes(CASES);
