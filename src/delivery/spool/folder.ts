import { accessSync, chmodSync, constants, lstatSync, mkdirSync } from 'node:fs';

/**
 * Makes the folder, or looks at the one that is there. What it holds are events, with all that an
 * application's errors tell: nobody else may read them, or lead us to write them elsewhere. One of our
 * user's that others can look into is closed to them.
 * @returns why it is of no use, if so.
 */
export function prepareFolder(folder: string): string | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Of the folder itself: what a link leads to can be changed by whoever made the link.
    const stat = lstatSync(folder);
    if (!stat.isDirectory()) return 'it is not a folder, but a link or a file';
    // Windows has neither users nor modes that Node could ask for; profiles are private there.
    const user = process.geteuid?.();
    if (user !== undefined && stat.uid !== user) return 'it belongs to somebody else';
    if (user !== undefined && (stat.mode & 0o077) !== 0) {
      // Mounts and umasks make such folders. Ours may be closed, if the file system can.
      chmodSync(folder, 0o700);
      if ((lstatSync(folder).mode & 0o077) !== 0) {
        return 'others can look into it, and its mode cannot be made 0700';
      }
    }
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

/** What people look up: ENOSPC, EACCES. */
export function errorCode(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
