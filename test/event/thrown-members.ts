import vm from 'node:vm';
import { STACK_ALONE, withoutProperties } from './thrown-case.ts';
import type { Case } from './thrown-case.ts';
import { HttpError } from './thrown-makers.ts';

/** What stands for several errors. */
export const MEMBERS: readonly Case[] = [
  {
    name: 'an AggregateError, whose members come after its causes',
    make: () =>
      new AggregateError(
        [new HttpError('one', 1, { cause: new Error('below one') }), new TypeError('two'), 'three'],
        'all failed',
        { cause: new Error('why') },
      ),
    told: ['AggregateError', 'all failed'],
    causes: [
      ['Error', 'why'],
      ['HttpError', 'one'],
      ['TypeError', 'two'],
      ['String', 'three'],
      ['Error', 'below one'],
    ],
    instead: { ...STACK_ALONE, 'winston cause': { causes: [['Error', 'why']] } },
  },
  {
    name: 'an AggregateError without a message',
    make: () =>
      new AggregateError([
        new Error('connect ECONNREFUSED ::1:80'),
        new Error('connect ECONNREFUSED 127.0.0.1:80'),
      ]),
    told: [
      'AggregateError',
      '2 errors: connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80',
    ],
    causes: [
      ['Error', 'connect ECONNREFUSED ::1:80'],
      ['Error', 'connect ECONNREFUSED 127.0.0.1:80'],
    ],
    instead: withoutProperties({ told: ['AggregateError', 'AggregateError'], causes: [] }),
  },
  {
    name: 'an AggregateError without a message, its members with causes',
    make: () =>
      new AggregateError(
        [new Error('a', { cause: new Error('b') }), new Error('', { cause: new Error('c') })],
        '',
        { cause: new Error('why') },
      ),
    told: ['AggregateError', '2 errors: a; Error'],
    causes: [
      ['Error', 'why'],
      ['Error', 'a'],
      ['Error', 'Error'],
      ['Error', 'b'],
      ['Error', 'c'],
    ],
    instead: {
      bunyan: { told: ['AggregateError', 'AggregateError'], causes: [] },
      'winston cause': { told: ['AggregateError', 'AggregateError'], causes: [['Error', 'why']] },
      'winston stack': { told: ['AggregateError', 'AggregateError'], causes: [] },
      'winston line': { told: ['AggregateError', 'AggregateError'], causes: [] },
    },
  },
  {
    name: 'an AggregateError without a message in another one',
    make: () => new AggregateError([new AggregateError([new Error('a'), new Error('b')]), 'c']),
    told: ['AggregateError', '2 errors: 2 errors; c'],
    causes: [
      ['AggregateError', '2 errors'],
      ['String', 'c'],
      ['Error', 'a'],
      ['Error', 'b'],
    ],
    instead: withoutProperties({ told: ['AggregateError', 'AggregateError'], causes: [] }),
  },
  {
    name: 'an AggregateError without a message for a cause',
    make: () => new Error('outer', { cause: new AggregateError([new Error('a'), new Error('b')]) }),
    told: ['Error', 'outer'],
    causes: [
      ['AggregateError', '2 errors: a; b'],
      ['Error', 'a'],
      ['Error', 'b'],
    ],
    instead: {
      ...STACK_ALONE,
      'pino object': { causes: [['AggregateError', 'AggregateError']] },
      pino: { causes: [['AggregateError', 'AggregateError']] },
    },
  },
  {
    name: 'an AggregateError of another realm',
    make: () => vm.runInNewContext('new AggregateError([new TypeError("a")])'),
    told: ['AggregateError', '1 error: a'],
    causes: [['TypeError', 'a']],
    instead: {
      bunyan: { told: ['AggregateError', 'AggregateError'], causes: [] },
      'winston line': 'nothing',
    },
  },
  {
    name: 'an error that hides another one',
    make: () =>
      Object.assign(new Error('while closing'), {
        name: 'SuppressedError',
        error: new RangeError('closing'),
        suppressed: new TypeError('working'),
      }),
    told: ['SuppressedError', 'while closing'],
    causes: [
      ['RangeError', 'closing'],
      ['TypeError', 'working'],
    ],
    instead: { bunyan: { causes: [] }, 'winston line': { causes: [] } },
  },
];
