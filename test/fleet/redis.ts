import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { runProgram } from '../helpers/child.ts';
import { freePort } from '../helpers/free-port.ts';

/** A Redis of the test's own, which keeps nothing. */
export interface Redis {
  readonly url: string;
  /** Entries in a stream. */
  length(stream: string): Promise<number>;
}

/** Starts a Redis, which ends with the test. Fails where `redis-server` is not installed. */
export async function startRedis(t: Pick<Test, 'teardown'>, port?: number): Promise<Redis> {
  const own = port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'errsight-redis-'));
  const args = ['--port', `${own}`, '--bind', '127.0.0.1', '--dir', folder];
  const child = spawn('redis-server', [...args, '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`redis-server did not start:\n${said}`)));
  });
  return {
    url: `redis://127.0.0.1:${own}`,
    async length(stream) {
      const { stdout } = await runProgram('redis-cli', ['-p', `${own}`, 'XLEN', stream]);
      return Number(stdout);
    },
  };
}
