// The page of `errsight dev` in a real Chromium: one browser, and a server for each test.
import axe from 'axe-core';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import tap, { type Test } from 'tap';
import { startServer, type LocalErrsight } from '../../src/dev/server.ts';
import { post, startBrowser } from './browser.ts';
import { cartError, HOSTILE, hostileEvent } from './events.ts';

const browser = await startBrowser();
const { page, context, faults } = browser;
tap.teardown(() => browser.close());

async function serve(t: Test, port = 0): Promise<LocalErrsight> {
  const server = await startServer({ port });
  t.teardown(async () => {
    // A page that is open would ask for ever.
    await page.goto('about:blank');
    await server.close();
  });
  return server;
}

const rows = page.locator('.row');
const article = page.locator('article');

/** The page with one cart error in it, which is open. */
async function openCart(t: Test): Promise<LocalErrsight> {
  const server = await serve(t);
  await post(server, cartError());
  await page.goto(server.url);
  await rows.first().locator('a').click();
  await article.waitFor();
  return server;
}

/** What axe finds on the page as it is now. */
async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: run } = globalThis as unknown as { axe: typeof axe };
    const { violations: found } = await run.run(document);
    return found.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html)
          .join(' ')
          .slice(0, 300)}`,
    );
  });
}

function clipboard(): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}

/** What a button of the menu copies. */
async function copied(name: string): Promise<string> {
  await page.locator('.actions .menu').evaluate((menu: HTMLDetailsElement) => (menu.open = true));
  await page.getByRole('button', { name, exact: true }).click();
  await page.locator('.toast.on', { hasText: name }).waitFor();
  return clipboard();
}

await tap.test('the first screen says what to set; a test error arrives alive', async (t) => {
  const server = await serve(t);
  await page.goto(server.url);
  await page.locator('.empty').waitFor();
  t.match(await page.locator('.empty').innerText(), `ERRSIGHT_HOST=${server.url}`);
  t.match(await page.locator('.empty').innerText(), /ERRSIGHT_API_KEY=elp_0{48}/);
  for (const name of ['winston', 'bunyan', 'direct', 'pino']) {
    await page.getByRole('tab', { name }).click();
    const code = await page.getByRole('tabpanel').locator('pre').innerText();
    t.equal(code.split('\n').length, 3, `three lines for ${name}`);
  }
  t.strictSame(await violations(), [], 'axe');
  await fetch(`${server.url}/api/v1/events`, { method: 'POST', body: '{}' });
  await page.getByText('Is ERRSIGHT_API_KEY the key below?').waitFor();
  await page.getByRole('button', { name: 'send a test error' }).first().click();
  await rows.first().waitFor();
  t.match(await rows.first().innerText(), /a test of the local ErrSight/);
  t.equal(server.total, 1);
});

await tap.test('an event that comes is seen without a reload, and moves nothing', async (t) => {
  const server = await openCart(t);
  await page.locator('#live.on').waitFor();
  await page.mouse.move(700, 700);
  const title = await page.locator('article h1').innerText();
  await page.evaluate(() => document.body.focus());
  await page.locator('#list .scroll').hover();
  await post(server, { message: 'Error: another one', level: 'fatal' });
  const news = page.getByRole('button', { name: '1 new' });
  await news.waitFor();
  t.equal(await rows.count(), 1, 'a list under the pointer stays');
  await news.click();
  await rows.nth(1).waitFor();
  t.match(await rows.first().innerText(), /another one/);
  t.equal(await page.locator('article h1').innerText(), title, 'the open event stays');
  await post(server, cartError());
  await page.getByRole('link', { name: '1 newer' }).click();
  await page.getByText('2 of 2').waitFor();
});

await tap.test('a click holds while events pour in', async (t) => {
  const server = await serve(t);
  await post(server, { message: 'the first' });
  await page.goto(server.url);
  await rows.first().hover();
  await page.mouse.down();
  await post(server, { message: 'the first' });
  await page.locator('.log tbody tr').nth(1).waitFor({ state: 'attached' });
  await page.mouse.up();
  await page.locator('article h1', { hasText: 'the first' }).waitFor();
  await rows.first().getByText('2', { exact: true }).waitFor();
});

await tap.test('filters and search are in the address, and hold after a reload', async (t) => {
  const server = await serve(t);
  await post(server, [
    cartError(),
    { message: 'warned', level: 'warning', environment: 'production', tags: { tenant: 'b' } },
    { message: 'other', level: 'error', release: '2.0.0' },
  ]);
  await page.goto(server.url);
  await rows.nth(2).waitFor();
  for (const [name, value, found] of [
    ['level', 'warning', 'warned'],
    ['env', 'staging', 'TypeError'],
    ['release', '2.0.0', 'other'],
    ['tag', 'tenant=b', 'warned'],
  ] as const) {
    await page.locator(`select[name=${name}]`).selectOption(value);
    await rows.filter({ hasText: found }).waitFor();
    await page.getByText('1 issue', { exact: true }).waitFor();
    t.equal(new URL(page.url()).searchParams.get(name), value);
    await page.reload();
    await page.getByText('1 issue', { exact: true }).waitFor();
    t.equal(await page.locator(`select[name=${name}]`).inputValue(), value);
    await page.locator(`select[name=${name}]`).selectOption('');
    await rows.nth(2).waitFor();
  }
  for (const wanted of [
    'reading',
    'src/cart.ts',
    'ADA@example',
    'tenant=acme',
    'req-1',
    '/cart/17',
  ]) {
    await page.locator('#search').fill(wanted);
    await page.getByText('1 issue', { exact: true }).waitFor();
    t.match(await rows.first().innerText(), /TypeError/, wanted);
  }
  await page.locator('#search').fill('nowhere');
  await page.getByText('0 issues', { exact: true }).waitFor();
  await post(server, { message: 'it is nowhere', level: 'info' });
  await rows.filter({ hasText: 'it is nowhere' }).waitFor();
  await post(server, { message: 'not wanted', level: 'info' });
  await post(server, { message: 'nowhere again', level: 'info' });
  await page.getByText('2 issues', { exact: true }).waitFor();
});

await tap.test('escape empties a search, and what it found is all there again', async (t) => {
  const server = await serve(t);
  for (const message of ['alpha', 'beta', 'gamma']) await post(server, { message });
  await page.goto(server.url);
  await rows.nth(2).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('alpha');
  await page.getByText('1 issue', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('3 issues', { exact: true }).waitFor();
  t.equal(await page.locator('#search').inputValue(), '');
  t.equal(new URL(page.url()).search, '');
  // Before the search for what was typed has begun.
  await page.keyboard.type('beta');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  t.not(await page.evaluate(() => document.activeElement?.id), 'search', 'the second one leaves');
  await page.keyboard.press('j');
  await article.waitFor();
  await page.getByText('3 issues', { exact: true }).waitFor();
  t.equal(new URL(page.url()).search, '');
  await page.getByText('Nothing.').first().waitFor();
  const values = page.getByLabel('find a key or value');
  await values.fill('nowhere');
  await page.getByText('Nothing found.').waitFor();
  await values.press('Escape');
  await page.getByText('Nothing found.').waitFor({ state: 'detached' });
  t.equal(await values.inputValue(), '');
});

await tap.test('a link to a file has its folder, whenever it is made', async (t) => {
  const server = await serve(t);
  await post(server, cartError());
  // The stream, which tells the folder too, may come later.
  await page.route('**/local/stream*', (route) => route.abort());
  const link = page.getByRole('link', { name: 'open in editor: src/cart.ts:42' });
  const wanted = `vscode://file${process.cwd()}/src/cart.ts:42:7`;
  const { fingerprint = '' } = server.issues[0] ?? {};
  for (const path of ['/events/1', `/issues/${fingerprint}`]) {
    await page.goto(server.url + path);
    t.equal(await link.getAttribute('href'), wanted, path);
    await page.reload();
    t.equal(await link.getAttribute('href'), wanted, `${path}, loaded again`);
  }
  await page.unroute('**/local/stream*');
});

await tap.test('each event has its own time, and none is a duration', async (t) => {
  const server = await serve(t);
  const occurred_at = new Date(Date.now() - 5 * 24 * 60 * 60_000).toISOString();
  await post(server, { message: 'late', occurred_at });
  await post(server, { message: 'now' });
  await page.goto(server.url);
  await rows.nth(1).waitFor();
  t.match(await rows.filter({ hasText: 'late' }).innerText(), /\b5 d\b/);
  await rows.filter({ hasText: 'late' }).locator('a').click();
  await article.waitFor();
  const facts = page.locator('article .facts');
  t.match(await facts.innerText(), /first 5 d ago[^]*this 5 d ago[^]*issue [0-9a-f]{8}/);
  t.match(await facts.innerText(), /env production/);
});

await tap.test('marks without end stay on their line', async (t) => {
  const server = await serve(t);
  await post(server, {
    message: `a${'\u0301'.repeat(300)} zalgo; \u0915\u094d\u0937\u093f e\u0301`,
  });
  await page.goto(`${server.url}/events/1`);
  await article.waitFor();
  const title = await page.locator('article h1').innerText();
  t.match(title, /^a\u0301{8}…\(292 marks\) zalgo; \u0915\u094d\u0937\u093f e\u0301$/u);
});

await tap.test('keys are enough', async (t) => {
  const server = await serve(t);
  for (const message of ['one', 'two', 'three']) await post(server, { message });
  await page.goto(server.url);
  await rows.nth(2).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('article h1', { hasText: 'two' }).waitFor();
  t.match(page.url(), /\/issues\/[0-9a-f]{32}$/);
  await page.keyboard.press('/');
  t.equal(await page.evaluate(() => document.activeElement?.id), 'search');
  await page.keyboard.type('three');
  await page.getByText('1 issue', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('article h1', { hasText: 'three' }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => url.pathname === '/');
  t.equal(new URL(page.url()).searchParams.get('q'), 'three', 'the search stays');
  const reached = new Set<string>();
  for (let step = 0; step < 14; step++) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement?.tagName ?? ''));
  }
  t.strictSame([...reached].filter((name) => /^(?:INPUT|SELECT|BUTTON|A)$/.test(name)).toSorted(), [
    'A',
    'BUTTON',
    'INPUT',
    'SELECT',
  ]);
});

await tap.test('an event is read from top to bottom', async (t) => {
  await openCart(t);
  const text = await article.innerText();
  const order = [
    'TypeError: Cannot read',
    'staging',
    'src/cart.ts:42',
    'lines.reduce',
    '2 frames of express, router',
    'src/app.ts:7',
    'caused by FetchError: 503 from billing',
    'Trail',
    'GET /cart/17',
    '×4',
    'Request · User · Tags · Metadata',
    'request_id',
    'ada@example.com',
    'tenant',
    'Grouped by',
    'What would split it',
    'Filtered 1',
    'metadata.password by its name',
    'JSON as sent',
  ];
  let at = 0;
  for (const part of order) {
    const found = text.indexOf(part, at);
    t.ok(found >= 0, `${part} has its place`);
    at = Math.max(at, found);
  }
  t.match(
    await page.locator('.trail li').nth(1).getAttribute('data-gap'),
    /later$/,
    'a gap is drawn',
  );
  const link = page.getByRole('link', { name: 'open in editor: src/cart.ts:42' });
  t.equal(await link.getAttribute('href'), `vscode://file${process.cwd()}/src/cart.ts:42:7`);
  await page.getByText('Settings of the editor').click();
  await page.getByLabel('Project folder').fill('/srv/app');
  await page.getByLabel('Project folder').blur();
  await page.locator('.edit[href="vscode://file/srv/app/src/cart.ts:42:7"]').waitFor();
  await page.getByText('Settings of the editor').click();
  await page.getByLabel('Address').fill('javascript:alert(1)//{path}');
  await page.getByLabel('Address').blur();
  await page.locator('.edit').first().waitFor({ state: 'detached' });
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await page.getByLabel('find a key or value').fill('tea');
  await page.locator('.parts dd', { hasText: 'tea' }).first().waitFor();
  t.notMatch(await page.locator('.parts').innerText(), /ada@example/);
});

await tap.test('what the real server would change stands beside its field', async (t) => {
  const server = await serve(t);
  await post(server, {
    message: 'a[1m b',
    extra: 1,
    user: { id: 1, name: 'x' },
    tags: { long: 'x'.repeat(300) },
  });
  await page.goto(`${server.url}/events/1`);
  await article.waitFor();
  t.match(await page.locator('article h1 + .note').innerText(), /colour code/);
  t.match(await page.locator('.parts').innerText(), /dropped\s+user\.name/);
  t.match(
    await page.locator('dd', { hasText: 'xxx' }).locator('.note').innerText(),
    /300 characters/,
  );
  t.match(await page.getByRole('region', { name: 'Not kept by ErrSight' }).innerText(), /extra/);
});

await tap.test(
  'each event has its address; its neighbours and what differs are near',
  async (t) => {
    const server = await serve(t);
    await post(server, cartError());
    await post(server, cartError({ release: '1.4.3', user: { id: 'u-18' } }));
    await post(server, {
      message: 'charged twice',
      level: 'warning',
      metadata: { request_id: 'req-1' },
    });
    await page.goto(`${server.url}/events/2`);
    await page.getByText('2 of 2').waitFor();
    await page.keyboard.press('d');
    await page.locator('#diff').getByText('Since event 1').waitFor();
    const diff = await page.locator('#diff').innerText();
    t.match(diff, /release\s+− 1\.4\.2\s+\+ 1\.4\.3/);
    t.match(diff, /user_context\.id\s+− u-17\s+\+ u-18/);
    t.match(diff, /user_context\.email\s+− ada@example\.com\s+\+ not there/);
    t.notMatch(diff, /exception_frames/, 'what is the same is not told');
    await page.keyboard.press('p');
    await page.getByText('1 of 2').waitFor();
    t.match(page.url(), /\/events\/1$/);
    await page.goBack();
    await page.getByText('2 of 2').waitFor();
    await page
      .getByRole('region', { name: 'Same request' })
      .getByRole('link', { name: 'charged twice' })
      .click();
    await page.locator('article h1', { hasText: 'charged twice' }).waitFor();
    await page.goto(`${server.url}/issues/${server.issues[0]?.fingerprint}`);
    await page.getByText('2 of 2').waitFor();
    await page.goto(`${server.url}/events/999`);
    await page.getByText('not, or no longer, kept').waitFor();
  },
);

await tap.test('an event is copied as Markdown, fix prompt, JSON and curl', async (t) => {
  const server = await openCart(t);
  t.match(
    await copied('Markdown'),
    /^## TypeError: [^]+> {3}42 \| return lines\.reduce[^]+caused by FetchError/,
  );
  const markdown = await copied('Markdown');
  for (const part of [
    /caused by FetchError: 503 from billing \(status: 503\)\n\n```\ncharge \(src\/billing\.ts:9:1\)/,
    /−1\.20 s {2}http GET \/cart\/17 \(200, 31 ms\)/,
    /−15 ms {2}db SELECT \* FROM lines WHERE id = \? \(×4, 12 ms\)/,
    /### Request\n\n```\nrequest_id: req-1\nfull_path: \/cart\/17/,
    /### User\n\n```\nid: u-17\nemail: ada@example\.com/,
    /### Tags\n\n```\ntenant: acme/,
    /cart: \{"lines":/,
  ]) {
    t.match(markdown, part);
  }
  const prompt = await copied('fix prompt');
  t.match(
    prompt,
    /- FetchError: 503 from billing \(status: 503\) at charge \(src\/billing\.ts:9:1\)/,
  );
  t.match(
    prompt,
    /- http GET \/cart\/17 \(200, 31 ms\)\n- db SELECT \* FROM lines WHERE id = \? \(×4, 12 ms\)/,
  );
  t.match(
    prompt,
    /Error: TypeError: Cannot read[^]+Request: GET \/cart\/17[^]+Where it failed: src\/cart\.ts:42 in total/,
  );
  t.ok(prompt.length <= 8000);
  t.strictSame(JSON.parse(await copied('JSON')), server.events[0]?.received);
  const curl = await copied('curl');
  t.match(curl, new RegExp(`^curl -X POST '${server.url}/api/v1/events'`));
  t.match(await copied('link'), `${server.url}/events/1`);
});

await tap.test('an issue is resolved, comes back, is muted; all is cleared', async (t) => {
  const server = await openCart(t);
  await page.getByRole('button', { name: 'resolve' }).click();
  await page.getByRole('button', { name: 'reopen' }).waitFor();
  await page.getByText('0 issues', { exact: true }).waitFor();
  await post(server, cartError());
  await rows.first().getByText('back', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'mute', exact: true }).click();
  await page.getByText('0 issues', { exact: true }).waitFor();
  await page.locator('select[name=state]').selectOption('muted');
  await rows.first().getByText('muted', { exact: true }).waitFor();
  await page.locator('select[name=state]').selectOption('open');
  await page.getByRole('button', { name: 'unmute' }).click();
  await rows.first().waitFor();
  const menu = page.locator('.session summary');
  await menu.click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'download as NDJSON' }).click(),
  ]);
  const file = await download.path();
  t.equal((await readFile(file, 'utf8')).trim().split('\n').length, 2);
  await menu.click();
  await page.getByRole('button', { name: 'clear', exact: true }).click();
  await page.locator('body').click({ position: { x: 5, y: 700 } });
  t.equal(server.total, 2, 'one click clears nothing');
  await post(server, { message: 'one more' });
  await page.locator('#list .scroll').hover();
  await menu.click();
  await page.getByRole('button', { name: 'clear', exact: true }).click();
  await page.getByRole('button', { name: 'clear 3 events?' }).click();
  await page.locator('.empty').waitFor({ state: 'attached' });
  t.equal(server.total, 0);
  t.equal(await page.locator('.news').isVisible(), false, 'none are new');
  await page.locator('#session-file').setInputFiles({
    name: 'a.ndjson',
    mimeType: 'application/x-ndjson',
    buffer: await readFile(file),
  });
  await page.getByText('loaded 2 events').waitFor();
  t.equal(server.total, 2);
  await page.locator('#session-file').setInputFiles(file);
  await page.getByText('loaded 0 events, 2 were here already').waitFor();
  t.equal(server.total, 2);
});

await tap.test('bad days are played, and what the client did is told', async (t) => {
  const server = await serve(t);
  await post(server, { message: 'a' });
  await page.goto(server.url);
  await page.getByRole('button', { name: 'bad days' }).click();
  const play = async (kind: string): Promise<void> => {
    await page.getByLabel('what', { exact: true }).selectOption(kind);
    await page.locator('#begin').click();
    await page.locator('button.bad', { hasText: kind }).waitFor({ state: 'attached' });
  };
  const newest = page.locator('.log tbody tr').first();
  for (const [kind, status, body] of [
    ['key', 401, { message: 'a' }],
    ['limit', 429, Array.from({ length: 6 }, () => ({ message: 'a' }))],
    ['pause', 429, { message: 'a' }],
    ['errors', 500, { message: 'a' }],
  ] as const) {
    await play(kind);
    t.equal(await post(server, body), status, kind);
    await newest.getByText(String(status), { exact: true }).waitFor();
  }
  await play('silence');
  const silent = post(server, { message: 'a' }).then(
    () => 'answered',
    () => 'cut off',
  );
  await newest.getByText('no answer').waitFor();
  t.strictSame(await violations(), [], 'axe, of the dialog');
  await page.getByRole('button', { name: 'end it now' }).click();
  await page.getByText('All is well.').waitFor();
  t.equal(await silent, 'cut off');
  t.equal(await post(server, { message: 'a' }), 202);
  await newest.getByText('taken').waitFor();
});

await tap.test('hostile events are text and nothing else', async (t) => {
  const server = await serve(t);
  for (const [index, text] of HOSTILE.entries()) {
    t.equal(await post(server, hostileEvent(text)), 202, `hostile text ${index}`);
  }
  t.equal(
    await post(server, { message: 'a', metadata: { a: Array.from({ length: 100_000 }, () => 1) } }),
    202,
  );
  await page.goto(server.url);
  await rows.nth(8).waitFor();
  const foreign = (): Promise<string[]> =>
    page.evaluate(() =>
      [
        ...document.querySelectorAll(
          'img, iframe, object, embed, style, script:not([src="/page.js"]), link:not([href="/page.css"], [href="data:,"])',
        ),
      ].map(({ outerHTML }) => outerHTML),
    );
  for (const { id } of server.events) {
    await page.evaluate((path) => {
      history.pushState(null, '', path);
      dispatchEvent(new PopStateEvent('popstate'));
    }, `/events/${id}`);
    await page
      .locator('article h1', {
        hasText: server.events[id - 1]?.message.replace(/\p{C}[^]*/u, '').slice(0, 30) ?? '',
      })
      .waitFor();
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    t.strictSame(await foreign(), [], `event ${id}`);
    const unsafe = await page.evaluate(() =>
      /[\u0000-\u0008\u001B\u202A-\u202E\u2066-\u2069]/.test(document.body.innerText),
    );
    t.equal(unsafe, false, 'nothing turns the writing');
    const links = await page.evaluate(() => [...document.links].map(({ protocol }) => protocol));
    t.strictSame(
      links.filter((protocol) => !/^(?:http|vscode):$/.test(protocol)),
      [],
    );
    const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    t.equal(isWide, false, 'nothing is wider than the page');
  }
  await page.locator('#search').fill('<img');
  await page.getByText('issue', { exact: false }).first().waitFor();
});

await tap.test('of 5,000 issues the rows near the eye are made', async (t) => {
  const server = await serve(t);
  for (let batch = 0; batch < 50; batch++) {
    await post(
      server,
      Array.from({ length: 100 }, (_, index) => ({
        message: `Error: no ${batch * 100 + index} of them`,
        fingerprint: [`${batch}-${index}`],
      })),
    );
  }
  await page.goto(server.url);
  await page.getByText('5000 issues').waitFor();
  t.ok((await rows.count()) < 60, 'few rows');
  await page
    .locator('#list .scroll')
    .evaluate((scroller) => (scroller.scrollTop = scroller.scrollHeight));
  await rows.filter({ hasText: 'no 0 of them' }).waitFor();
  t.ok((await rows.count()) < 60, 'few rows at the end too');
  await page.locator('#search').fill('no 4321 of');
  await page.getByText('1 issue', { exact: true }).waitFor();
});

await tap.test(
  'a server that comes back is found again, and a stream goes on where it was',
  async (t) => {
    const server = await serve(t);
    await post(server, { message: 'before' });
    await page.goto(server.url);
    await rows.first().waitFor();
    await page.locator('#live.on').waitFor();
    await server.close();
    await page.getByText('reconnecting').waitFor();
    const again = await serve(t, server.port);
    await post(again, { message: 'after' });
    await rows.filter({ hasText: 'after' }).waitFor();
    await page.getByText('1 issue', { exact: true }).waitFor();
    await page.locator('#live.on').waitFor();
  },
);

await tap.test(
  'a tab that nobody sees keeps no connection, and is up to date when seen',
  async (t) => {
    const server = await serve(t);
    await post(server, { message: 'before' });
    await page.goto(server.url);
    await rows.first().waitFor();
    const see = (isHidden: boolean): Promise<void> =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    const ended = page.waitForEvent('requestfailed', (request) =>
      request.url().includes('/stream'),
    );
    await see(true);
    await ended;
    await post(server, { message: 'meanwhile' });
    await see(false);
    await rows.filter({ hasText: 'meanwhile' }).waitFor();
  },
);

/** Light or dark, wide or narrow. */
async function look(target: Page, scheme: 'light' | 'dark', width: number): Promise<void> {
  await target.emulateMedia({ colorScheme: scheme });
  await target.setViewportSize({ width, height: 800 });
}

await tap.test('axe finds nothing, light or dark, wide or narrow', async (t) => {
  const server = await serve(t);
  await post(server, [
    ...['fatal', 'warning', 'info', 'debug'].map((level) => ({
      message: `Error: ${level}`,
      level,
      extra: 1,
    })),
    cartError(),
    cartError({ release: '2' }),
  ]);
  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      await look(page, scheme, width);
      await page.goto(server.url);
      await rows.nth(4).waitFor();
      t.strictSame(await violations(), [], `the list, ${scheme}, ${width}`);
      await page.goto(`${server.url}/events/6`);
      await article.waitFor();
      await page.keyboard.press('d');
      await page.locator('#diff dl').waitFor();
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      t.strictSame(await violations(), [], `an event, ${scheme}, ${width}`);
    }
  }
  await look(page, 'light', 1280);
  await page.goto(server.url);
  await page.locator('.session summary').click();
  t.strictSame(await violations(), [], 'the menu of the session');
  const background = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole('button', { name: 'theme: auto' }).click();
  await page.locator('.session summary').click();
  await page.getByRole('button', { name: 'theme: light' }).click();
  t.not(await background(), light, 'the switch goes before what the system says');
  await page.evaluate(() => localStorage.clear());
});

await tap.test('on a phone it is one pane at a time', async (t) => {
  const server = await serve(t);
  await post(server, cartError());
  await look(page, 'light', 390);
  await page.goto(server.url);
  await rows.first().locator('a').click();
  await article.waitFor();
  t.equal(await page.locator('#list').isVisible(), false);
  t.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  await page.getByRole('link', { name: '‹ issues' }).click();
  await rows.first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await article.waitFor();
  await look(page, 'light', 1280);
});

await tap.test('through all of this nothing ran, failed or asked another host', (t) => {
  t.strictSame(faults, []);
  t.end();
});

await tap.test('a page of another site reads nothing and changes nothing', async (t) => {
  const server = await serve(t);
  await post(server, { message: 'secret' });
  // Of its own, since a page of ours may ask nobody else.
  const other = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>other</title>');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  t.teardown(() => other.closeAllConnections());
  const stranger = await context.newPage();
  await stranger.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
  const seen = await stranger.evaluate(async (url) => {
    const blind: RequestInit = { method: 'POST', body: '{}', mode: 'no-cors' };
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
    return {
      read: await fetch(`${url}/local/events/1`).then(
        ({ status }) => String(status),
        () => 'refused',
      ),
      stream: await new Promise<string>((resolve) => {
        const source = new EventSource(`${url}/local/stream`);
        source.addEventListener('message', () => resolve('a message'));
        source.addEventListener('error', () => resolve('refused'));
      }),
      // It may be sent, and is not heard.
      clear: await fetch(`${url}/local/clear`, blind).then(
        ({ type }) => type,
        () => 'refused',
      ),
      event: await fetch(`${url}/api/v1/events`, {
        method: 'POST',
        headers: { 'X-API-Key': `elp_${'0'.repeat(48)}`, 'Content-Type': 'application/json' },
        body: '{"message":"from a browser"}',
      }).then(
        ({ status }) => String(status),
        () => 'refused',
      ),
    };
  }, server.url);
  const framed = stranger.frames().at(-1);
  t.notMatch(await framed?.content(), /page\.js/, 'no frame around it');
  await stranger.close();
  t.match(seen, { read: 'refused', stream: 'refused', event: '202' });
  t.equal(server.total, 2, 'nothing was cleared, and an event may come from anywhere');
});
