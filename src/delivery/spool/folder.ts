import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes the folder, or checks the one that exists. It holds events, with all that an application's
 * errors tell. So no other user may read it, or make us write elsewhere. If it is our user's but
 * open to others, it is closed to them.
 * @returns why the folder can't be used; undefined if it can.
 */
export function prepareFolder(folder: string): string | undefined {
  try {
    makeFolder(folder);
    // A link is not followed, since its maker can change where it leads.
    const stat = lstatSync(folder);
    if (!stat.isDirectory()) return 'it is not a folder, but a link or a file';
    // On Windows Node can ask for neither users nor modes. Profiles are private there.
    const user = process.geteuid?.();
    if (user !== undefined && stat.uid !== user) return 'it belongs to somebody else';
    if (user !== undefined && (stat.mode & 0o077) !== 0) {
      // Mounts and umasks make such folders. It is ours, so it may be closed, if the file system
      // can.
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

/**
 * Makes the folder and its parents one by one. Node's own `recursive` never ends in a folder that takes no
 * others, such as `/proc`.
 */
function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (
    let each = resolve(folder);
    !existsSync(each) && each !== dirname(each);
    each = dirname(each)
  ) {
    missing.unshift(each);
  }
  for (const each of missing) {
    try {
      mkdirSync(each, { mode: 0o700 });
    } catch (error) {
      // Another process was faster, or it is a link that leads nowhere.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** The error's code, such as ENOSPC or EACCES, which people can look up. */
export function errorCode(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
