import { spawn } from 'node:child_process';

/** The command that opens an address on this system. */
function opener(url: string): readonly [command: string, ...args: string[]] {
  if (process.platform === 'darwin') return ['open', url];
  if (process.platform === 'win32') return ['cmd', '/c', 'start', '', url];
  return ['xdg-open', url];
}

/** Opens an address in the user's browser. Says so if that does not work. */
export function openBrowser(url: string, say: (text: string) => void): void {
  const [command, ...args] = opener(url);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  const failed = (why: string): void => say(`\nNo browser could be opened (${why}): ${url}\n`);
  child.once('error', (error: NodeJS.ErrnoException) =>
    failed(`${command}: ${error.code ?? error.message}`),
  );
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) failed(`${command} ended with ${code}`);
  });
  child.unref();
}
