import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { DEV_WRITE_KEY, type LocalErrsight } from '../../src/dev/server.ts';
import { PATIENCE } from '../helpers/child.ts';

/** What Chromium needs as root in a container, and so that it asks nobody anything by itself. */
const ARGUMENTS = JSON.parse(readFileSync('scripts/chromium.json', 'utf8')) as string[];

/** A browser, and what happened in it that must not. */
export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors, refusals of the Content-Security-Policy, dialogs, requests to other hosts. */
  readonly faults: string[];
  readonly close: () => Promise<void>;
}

/** Debian's Chromium with an empty profile, which goes with it. */
export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'errsight-page-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ARGUMENTS,
    timeout: PATIENCE,
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const faults: string[] = [];
  context.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== 'data:' && hostname !== '127.0.0.1') faults.push(`asked ${request.url()}`);
  });
  context.on('weberror', (error) => faults.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load|ERR_/.test(message.text())) {
      faults.push(message.text());
    }
  });
  context.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE);
  const close = async (): Promise<void> => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
  };
  return { context, page, faults, close };
}

/** Posts events by the public API; resolves with the status. */
export async function post(server: LocalErrsight, body: unknown): Promise<number> {
  const headers = { 'X-API-Key': DEV_WRITE_KEY, 'Content-Type': 'application/json' };
  const url = `${server.url}/api/v1/events`;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.status;
}
