import vm from 'node:vm';
import { PINO_ALONE, STACK_ALONE } from './thrown-case.ts';
import type { Case } from './thrown-case.ts';
import {
  HttpError,
  UnnamedTypeError,
  VErrorLike,
  caught,
  chain,
  renamed,
  circle,
  ownCause,
  FAKE,
} from './thrown-makers.ts';

/** What is thrown with causes. */
export const CHAINS: readonly Case[] = [
  {
    name: 'one cause',
    make: () => new Error('outer', { cause: new RangeError('inner') }),
    told: ['Error', 'outer'],
    causes: [['RangeError', 'inner']],
    instead: STACK_ALONE,
  },
  {
    name: 'causes with colons, frames and separators in their messages',
    make: () =>
      new HttpError(FAKE, 502, {
        cause: new RangeError('mid: x', {
          cause: new HttpError(FAKE, 500, { cause: new Error('x\ncaused by: y') }),
        }),
      }),
    told: ['HttpError', FAKE],
    causes: [
      ['RangeError', 'mid: x'],
      ['HttpError', FAKE],
      ['Error', 'x\ncaused by: y'],
    ],
    instead: STACK_ALONE,
  },
  {
    name: 'empty messages all along',
    make: () => new Error('', { cause: new TypeError('', { cause: new RangeError('') }) }),
    told: ['Error', 'Error'],
    causes: [
      ['TypeError', 'TypeError'],
      ['RangeError', 'RangeError'],
    ],
    instead: STACK_ALONE,
  },
  {
    name: 'an empty message before a cause',
    make: () => new Error('', { cause: new Error('inner') }),
    told: ['Error', 'Error'],
    causes: [['Error', 'inner']],
    instead: STACK_ALONE,
  },
  {
    name: 'the same message as its cause',
    make: () => new Error('x', { cause: new Error('x') }),
    told: ['Error', 'x'],
    causes: [['Error', 'x']],
    instead: STACK_ALONE,
  },
  {
    name: 'a cause whose class has no name',
    make: () => new Error('outer', { cause: new UnnamedTypeError('inner') }),
    told: ['Error', 'outer'],
    causes: [['UnnamedTypeError', 'inner']],
    instead: {
      ...STACK_ALONE,
      'pino object': { causes: [['TypeError', 'inner']] },
      pino: { causes: [['TypeError', 'inner']] },
    },
  },
  {
    name: 'a cause whose name has a space',
    make: () =>
      new Error('outer', { cause: Object.assign(new Error('inner'), { name: 'My Error' }) }),
    told: ['Error', 'outer'],
    causes: [['My Error', 'inner']],
    instead: STACK_ALONE,
  },
  {
    name: 'a message changed later, before a cause',
    make: () => renamed('old', 'context: old', { cause: new Error('inner') }),
    told: ['Error', 'context: old'],
    causes: [['Error', 'inner']],
    instead: STACK_ALONE,
  },
  {
    name: "a cause's message changed later",
    make: () => new Error('outer', { cause: renamed('old', 'new') }),
    told: ['Error', 'outer'],
    causes: [['Error', 'new']],
    instead: STACK_ALONE,
  },
  {
    name: 'a cause that only has a message',
    make: () => new Error('outer', { cause: { message: 'inner' } }),
    told: ['Error', 'outer'],
    causes: [['Error', 'inner']],
    instead: STACK_ALONE,
  },
  {
    name: 'more causes than are told',
    make: () => chain(9),
    told: ['Error', 'm1'],
    causes: [
      ['Error', 'm2'],
      ['Error', 'm3'],
      ['Error', 'm4'],
      ['Error', 'm5'],
      // Where it all began.
      ['Error', 'm9'],
    ],
    instead: STACK_ALONE,
  },
  {
    name: 'more causes than are told, all with the same message',
    make: () => chain(9, () => 'x'),
    told: ['Error', 'x'],
    causes: [
      ['Error', 'x'],
      ['Error', 'x'],
      ['Error', 'x'],
      ['Error', 'x'],
      ['Error', 'x'],
    ],
    instead: STACK_ALONE,
  },
  {
    name: 'a syntax error for a cause, with an excerpt before its header',
    make: () =>
      new Error('outer', {
        cause: caught(() => new vm.Script('let x = ;', { filename: '/a/b.js' })),
      }),
    told: ['Error', 'outer'],
    causes: [['SyntaxError', "Unexpected token ';'"]],
    instead: STACK_ALONE,
  },
  {
    name: 'exactly as many causes as are told',
    make: () => chain(6),
    told: ['Error', 'm1'],
    causes: [
      ['Error', 'm2'],
      ['Error', 'm3'],
      ['Error', 'm4'],
      ['Error', 'm5'],
      ['Error', 'm6'],
    ],
    instead: STACK_ALONE,
  },
  {
    name: 'a circle of causes',
    make: circle,
    told: ['Error', 'a'],
    causes: [['Error', 'b']],
    instead: {
      bunyan: { causes: [] },
      'winston cause': {
        causes: [
          ['Error', 'b'],
          ['Error', 'a'],
        ],
      },
      'winston stack': {
        causes: [
          ['Error', 'b'],
          ['Error', 'a'],
        ],
      },
      'winston line': { causes: [] },
    },
  },
  {
    name: 'itself as its cause',
    make: ownCause,
    told: ['Error', 'a'],
    instead: {
      'winston cause': { causes: [['Error', 'a']] },
      'winston stack': { causes: [['Error', 'a']] },
      'winston line': { causes: [['Object', 'Object with the keys cause, level']] },
    },
  },
  {
    name: 'causes behind methods',
    make: () => new VErrorLike('a', new VErrorLike('b', new RangeError('c'))),
    told: ['VError', 'a: b: c'],
    causes: [
      ['VError', 'b: c'],
      ['RangeError', 'c'],
    ],
    instead: {
      'winston line': { causes: [['Object', 'Object with the keys jse_cause, jse_shortmsg']] },
    },
  },
  {
    name: 'a method, then a property for a cause',
    make: () => new VErrorLike('a', new Error('b', { cause: new RangeError('c') })),
    told: ['VError', 'a: b'],
    causes: [
      ['Error', 'b'],
      ['RangeError', 'c'],
    ],
    instead: { bunyan: { causes: [['Error', 'b']] }, 'winston line': { causes: [] } },
  },
  {
    name: 'a property, then a method for a cause',
    make: () => new Error('m0', { cause: new VErrorLike('b', new RangeError('c')) }),
    told: ['Error', 'm0'],
    causes: [
      ['VError', 'b: c'],
      ['RangeError', 'c'],
    ],
    instead: STACK_ALONE,
  },
  {
    name: 'a cause that is a text',
    make: () => new Error('outer', { cause: 'why' }),
    told: ['Error', 'outer'],
    causes: [['String', 'why']],
    instead: {
      ...STACK_ALONE,
      ...PINO_ALONE,
    },
  },
  {
    name: 'a cause that is a number',
    make: () => new Error('outer', { cause: 0 }),
    told: ['Error', 'outer'],
    causes: [['Number', '0']],
    instead: {
      ...STACK_ALONE,
      ...PINO_ALONE,
    },
  },
  {
    name: 'a cause that is an object',
    make: () => new Error('outer', { cause: { code: 1 } }),
    told: ['Error', 'outer'],
    causes: [['Object', 'Object with the keys code']],
    instead: {
      ...STACK_ALONE,
      ...PINO_ALONE,
    },
  },
  {
    name: 'a cause below one that is no Error',
    make: () => new Error('outer', { cause: new RangeError('mid', { cause: 'why' }) }),
    told: ['Error', 'outer'],
    causes: [
      ['RangeError', 'mid'],
      ['String', 'why'],
    ],
    instead: {
      ...STACK_ALONE,
      'pino object': { causes: [['RangeError', 'mid']] },
      pino: { causes: [['RangeError', 'mid']] },
      'pino errWithCause': { causes: [['RangeError', 'mid']] },
    },
  },
  {
    name: 'a cause that was assigned',
    make: () => Object.assign(new Error('outer'), { cause: new RangeError('inner') }),
    told: ['Error', 'outer'],
    causes: [['RangeError', 'inner']],
    instead: { bunyan: { causes: [] }, 'winston line': { causes: [] } },
  },
  {
    name: 'an error of another realm for a cause',
    make: () => new Error('outer', { cause: caught(() => vm.runInNewContext('null.x')) }),
    told: ['Error', 'outer'],
    causes: [['TypeError', "Cannot read properties of null (reading 'x')"]],
    instead: STACK_ALONE,
  },
];
