import { homedir, tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { digest } from '../../lib/random.ts';
import { prepareFolder } from './folder.ts';

/** Whose events lie in a spool, and where they go. Not the key: one that was rotated sends them too. */
export interface SpoolOwner {
  readonly host: string;
  /** What tells an application from others that share the place: the folder of its project. */
  readonly application: string;
}

/** A folder, and in words how it was found. */
export interface SpoolHome {
  readonly folder: string;
  readonly why: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder of one application's spool: in the one that was chosen, or else in the first of these that
 * can be written to. All but the last survive a restart of the machine.
 */
export function spoolHome(
  chosen: string | true,
  { host, application }: SpoolOwner,
  env: Environment = process.env,
): SpoolHome {
  const own = digest(`${new URL(host).origin}\n${application}`);
  if (chosen !== true) return { folder: join(chosen, own), why: 'the folder that was chosen' };
  for (const [why, place] of statePlaces(env)) {
    if (place === undefined || !isAbsolute(place)) continue;
    const folder = join(place, 'errsight', own);
    if (prepareFolder(folder) === undefined) return { folder, why };
  }
  return {
    folder: join(tmpdir(), `errsight-spool-${process.geteuid?.() ?? 'user'}-${own}`),
    why: "the system's folder for temporary files, which may not survive a restart of the machine",
  };
}

function statePlaces(env: Environment): readonly (readonly [string, string | undefined])[] {
  return [
    // systemd may name several.
    ['`STATE_DIRECTORY`', env['STATE_DIRECTORY']?.split(delimiter)[0]],
    ['`XDG_STATE_HOME`', env['XDG_STATE_HOME']],
    process.platform === 'win32'
      ? ['`LOCALAPPDATA`', env['LOCALAPPDATA']]
      : ["the user's state folder", inHome('.local', 'state')],
  ];
}

function inHome(...names: string[]): string | undefined {
  try {
    return join(homedir(), ...names);
  } catch {
    // A user without an entry, as containers have them.
    return undefined;
  }
}
