/** A moment before another one, as events have it. */
function before(time: number, ms: number): string {
  return new Date(time - ms).toISOString();
}

/** An event with everything in it that the page has a place for. */
export function cartError(changes: Readonly<Record<string, unknown>> = {}): object {
  const now = Date.now();
  return {
    level: 'error',
    message: "TypeError: Cannot read properties of undefined (reading 'total')",
    occurred_at: before(now, 0),
    environment: 'staging',
    release: '1.4.2',
    tags: { tenant: 'acme', request_method: 'GET' },
    user: { id: 'u-17', email: 'ada@example.com' },
    metadata: {
      exception_class: 'TypeError',
      exception_frames: [
        {
          filename: 'src/cart.ts',
          function: 'total',
          lineno: 42,
          colno: 7,
          in_app: true,
          pre_context: ['const lines = cart.lines;'],
          context_line: 'return lines.reduce((sum, line) => sum + line.price, 0);',
          post_context: ['}'],
        },
        {
          filename: 'node_modules/express/lib/router.js',
          function: 'next',
          lineno: 9,
          in_app: false,
        },
        { filename: 'node_modules/router/index.js', function: 'handle', lineno: 3, in_app: false },
        { filename: 'src/app.ts', function: 'serve', lineno: 7, in_app: true },
      ],
      exception_causes: [
        {
          class: 'FetchError',
          message: '503 from billing',
          status: 503,
          backtrace: 'charge (src/billing.ts:9:1)',
        },
      ],
      request_id: 'req-1',
      full_path: '/cart/17',
      password: '[Filtered]',
      cart: { lines: [{ name: 'tea', price: 4 }] },
    },
    breadcrumbs: [
      {
        timestamp: before(now, 1200),
        category: 'http',
        level: 'info',
        message: 'GET /cart/17',
        data: { status: 200, duration_ms: 31 },
      },
      ...[30, 25, 20, 15].map((ms) => ({
        timestamp: before(now, ms),
        category: 'db',
        level: 'info',
        message: 'SELECT',
        data: { sql: 'SELECT * FROM lines WHERE id = ?', duration_ms: 3 },
      })),
    ],
    ...changes,
  };
}

const ESCAPE = String.fromCodePoint(0x1b);

/** Texts that would run, break out, lie or hurt where a page took them for anything but text. */
export const HOSTILE: readonly string[] = [
  '<img src=x onerror=alert(1)>',
  '</script><script>alert(2)</script>',
  '"><svg onload=alert(3)>',
  "' onmouseover='alert(4)",
  'javascript:alert(5)',
  '{{constructor.constructor("alert(6)")()}} ${alert(7)}',
  `${ESCAPE}[31mred${ESCAPE}]0;title${String.fromCodePoint(7)}`,
  '\u202Etxt.exe\u2066 \u200Fabc\u2028def',
  '</style><style>*{display:none}</style>',
  '__proto__',
  '<iframe src="http://evil.example/"></iframe>',
  `url(http://evil.example/a.png) <link rel=stylesheet href=//evil.example/>`,
  '\u{1F4A9}'.repeat(200),
  'x'.repeat(8_000),
];

/** An event of which every field is a hostile text. */
export function hostileEvent(text: string): object {
  return {
    message: `Error: ${text}`,
    level: text,
    environment: text.slice(0, 500),
    release: text,
    backtrace: text,
    [text]: text,
    tags: { [text]: text, tag: text },
    user: { id: text, email: text, username: text, ip_address: text, [text]: text },
    fingerprint: [text, 'hostile'],
    metadata: {
      [text]: { [text]: [text, { [text]: text }] },
      exception_class: text,
      exception_frames: [
        { filename: text, function: text, lineno: text, in_app: text, context_line: text },
        {
          filename: text,
          function: text,
          lineno: 3,
          in_app: true,
          context_line: text,
          pre_context: [text],
          post_context: [text],
        },
        { filename: `node_modules/${text}/a.js`, function: text, lineno: 1, in_app: false },
        { filename: {}, lineno: [] },
        text,
      ],
      exception_causes: [{ class: text, message: text, backtrace: text, [text]: text }, text, 5],
      request_id: text,
      full_path: text,
      hostname: text,
      mechanism: text,
      errsight_group: text,
    },
    breadcrumbs: [
      {
        timestamp: text,
        category: text,
        level: text,
        message: text,
        data: { [text]: text, status: text },
      },
      { category: 'db', message: text, data: { sql: text, duration_ms: text, status: { a: 1 } } },
      text,
    ],
  };
}
