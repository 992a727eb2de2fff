// Makes docs/page-*.png: the page of `errsight dev` with the events of the demo. It needs a build and a
// Chromium: `apt-get install chromium`, or CHROMIUM=/path/to/one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

/** What Chromium needs as root in a container, and so that it asks nobody anything by itself. */
const ARGUMENTS = JSON.parse(readFileSync('scripts/chromium.json', 'utf8'));
/** The event that is shown, by how its title begins. */
const SHOWN = 'TypeError: Cannot read properties';
const viewport = { width: 1280, height: 800 };

const demo = spawn(process.execPath, ['examples/demo/run.js', '--stay'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const profile = mkdtempSync(join(tmpdir(), 'errsight-page-'));
try {
  const address = await addressOf(demo.stdout);
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ARGUMENTS,
    viewport,
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.goto(address);
    await page.locator('.row').first().waitFor();
    await page.screenshot({ path: `docs/page-list-${colorScheme}.png` });
    await page.locator('.row', { hasText: SHOWN.split(': ')[1] }).click();
    await page.locator('article').waitFor();
    await page.mouse.move(0, 0);
    await page.screenshot({ path: `docs/page-event-${colorScheme}.png` });
  }
  await browser.close();
} finally {
  demo.kill();
  await once(demo, 'exit');
  rmSync(profile, { recursive: true, force: true });
}

async function addressOf(output) {
  for await (const line of createInterface({ input: output })) {
    const address = /^Their page: (\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('the demo ended before it named its page');
}
