import tap from 'tap';
import type { Grouping } from '../../src/dev/grouping.ts';
import type { JsonObject } from '../../src/dev/json.ts';
import { checkGrouping, checkPages } from '../../src/dev/pages.ts';
import { sanitize } from '../../src/dev/sanitize.ts';

function event(data: JsonObject) {
  return sanitize({ message: 'a', ...data }, 0, () => undefined);
}

function noted(data: JsonObject): string[] {
  const notes: string[] = [];
  checkPages(event(data), (rule, path, detail) => notes.push(`${rule} ${path}: ${detail}`));
  return notes;
}

function crumb(category: string, data: JsonObject): JsonObject {
  return { breadcrumbs: [{ category, data }] };
}

function groupingNotes(data: JsonObject, grouping: Grouping): string[] {
  const notes: string[] = [];
  checkGrouping(event(data), grouping, (rule, path) => notes.push(`${rule} ${path}`));
  return notes;
}

const FRAME = 'metadata.exception_frames[0]';
const good = { filename: 'src/a.ts', lineno: 3, function: 'f', in_app: true, context_line: 'x()' };

await tap.test('good frames, causes, ids and queries pass', (t) => {
  t.same(
    noted({
      backtrace: 'at f (src/a.ts:3:1)',
      metadata: {
        request_id: 'abc',
        exception_frames: [
          { ...good, pre_context: ['a'], post_context: [] },
          { ...good, lineno: '3' },
          { filename: 'b', in_app: false },
          { filename: 'c', lineno: null, in_app: null, pre_context: null },
        ],
        exception_causes: [{ class: 'Error', message: 'b' }],
      },
      breadcrumbs: [{ category: 'db', data: { sql: 'select 1', duration_ms: 1.5 } }],
    }),
    [],
  );
  t.end();
});

await tap.test('frames that break a page, or are not shown', (t) => {
  for (const [name, frame, expected] of [
    [
      'a number for a file',
      { ...good, filename: 5 },
      `page_breaks ${FRAME}.filename: 5 is not a string`,
    ],
    [
      'no file',
      { ...good, filename: null },
      `page_hides ${FRAME}.filename: missing: the frame is not shown`,
    ],
    [
      'a blank file',
      { ...good, filename: ' ' },
      `page_hides ${FRAME}.filename: blank: the frame is not shown`,
    ],
    [
      'true for a line',
      { filename: 'a', lineno: true },
      `page_breaks ${FRAME}.lineno: true is not a number`,
    ],
    [
      'an object for a line',
      { filename: 'a', lineno: {} },
      `page_breaks ${FRAME}.lineno: {} is not a number`,
    ],
    [
      'a word for a line',
      { filename: 'a', lineno: 'x' },
      `page_hides ${FRAME}.lineno: "x" is not a number`,
    ],
    [
      'source without a line',
      { ...good, lineno: null },
      `page_hides ${FRAME}.context_line: no line number above 0: the source is not shown`,
    ],
    [
      'source at line 0',
      { ...good, lineno: 0 },
      `page_hides ${FRAME}.context_line: no line number above 0: the source is not shown`,
    ],
    [
      'in_app as a text',
      { ...good, in_app: 'false' },
      `page_hides ${FRAME}.in_app: "false" counts as true`,
    ],
    [
      'context as a text',
      { ...good, pre_context: 'a' },
      `page_hides ${FRAME}.pre_context: "a" is not an array of lines`,
    ],
    ['a text for a frame', 'at f', `page_hides ${FRAME}: "at f" is not an object`],
  ] as const) {
    t.same(noted({ metadata: { exception_frames: [frame] } }), [expected], name);
  }
  t.same(noted({ metadata: { exception_frames: {} } }), [
    'page_hides metadata.exception_frames: {} is not an array',
  ]);
  t.end();
});

await tap.test('causes that break a page, or are not shown', (t) => {
  const path = 'metadata.exception_causes';
  for (const [name, causes, expected] of [
    ['a number', [5], `page_breaks ${path}[0]: 5 is not an object`],
    ['an array', [[]], `page_breaks ${path}[0]: [] is not an object`],
    ['null', [null], `page_breaks ${path}[0]: null is not an object`],
    ['a text', ['Error'], `page_hides ${path}[0]: "Error" is not an object`],
    ['no list', { class: 'E' }, `page_hides ${path}: {"class":"E"} is not an array`],
  ] as const) {
    t.same(noted({ metadata: { exception_causes: causes } }), [expected], name);
  }
  t.end();
});

await tap.test('a request id that is no string breaks the logs page', (t) => {
  for (const id of [7, true, { a: 1 }, [1]]) {
    t.same(noted({ metadata: { request_id: id } }), [
      `page_breaks metadata.request_id: ${JSON.stringify(id)} is not a string: the logs page fails`,
    ]);
  }
  for (const id of [null, false, '', 'a']) t.same(noted({ metadata: { request_id: id } }), []);
  t.end();
});

await tap.test('queries of db breadcrumbs have to be texts', (t) => {
  t.same(noted(crumb('db', { sql: 5 })), [
    'page_breaks breadcrumbs[0].data.sql: 5 is not a string',
  ]);
  t.same(noted(crumb('db', { sql: 'a', duration_ms: true })), [
    'page_breaks breadcrumbs[0].data.duration_ms: true is not a number',
  ]);
  t.same(noted(crumb('http', { sql: 5 })), [], 'others are not shown as queries');
  t.same(noted(crumb('db', { sql: null, duration_ms: {} })), []);
  t.end();
});

await tap.test("V8's backtraces say nothing to the pages unless frames stand beside them", (t) => {
  for (const line of [
    'at f (src/a.js:1:2)',
    '    at async src/a.js:1:2',
    'src/a.js:20:7',
    'f (a.js:1:2)',
  ]) {
    t.same(
      noted({ backtrace: line }),
      [`page_hides backtrace: ${JSON.stringify(line.trim())} has no exception_frames beside it`],
      line,
    );
    t.same(noted({ backtrace: line, metadata: { exception_frames: [good] } }), [], line);
  }
  t.same(
    noted({ backtrace: 'at f (a.js:1:2)', metadata: { exception_frames: [{ filename: null }] } }),
    [
      `page_hides ${FRAME}.filename: missing: the frame is not shown`,
      'page_hides backtrace: "at f (a.js:1:2)" has no exception_frames beside it',
    ],
    'a frame that is not shown is none',
  );
  t.same(noted({ backtrace: "app/models/user.rb:12:in 'find'" }), []);
  t.end();
});

await tap.test('a stack that repeats the message defeats the folding of its numbers', (t) => {
  const stack = { message: 'User 42\nnot found', backtrace: 'Error: User 42\n    at f' };
  t.same(groupingNotes(stack, 'message'), ['grouping backtrace']);
  const others = [
    { message: '\n7', backtrace: '' },
    { message: 'a\n7', backtrace: 'at f (lib.js:1:2)' },
    { message: '1', backtrace: 'at f (lib.js:1:1)' },
  ];
  for (const data of others) t.same(groupingNotes(data, 'message'), [], JSON.stringify(data));
  t.same(groupingNotes(stack, 'frames'), []);
  t.same(groupingNotes(stack, 'client'), []);
  t.same(groupingNotes({ message: 'no digits', backtrace: 'Error: no digits' }, 'message'), []);
  t.same(groupingNotes({ message: 'User 42', backtrace: 'at f' }, 'message'), []);
  t.end();
});
