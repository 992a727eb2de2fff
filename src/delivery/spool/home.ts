import { URL } from 'node:url';
import { homedir, tmpdir } from 'node:os';
import { existsSync, readdirSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { digest } from '../../lib/random.ts';
import { prepareFolder } from './folder.ts';

/**
 * Whose events are in a spool, and where they are sent. The key is not part of it: after a rotation
 * the new key sends the old events.
 */
export interface SpoolOwner {
  readonly host: string;
  /** What distinguishes applications that share the place: the folder of the project. */
  readonly application: string;
}

/** A folder, and how it was found, in words. */
export interface SpoolHome {
  readonly folder: string;
  readonly why: string;
  /** The application's folders for other hosts, or for this host before it was renamed. */
  readonly siblings: () => readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder of an application's spool. It is in the folder that was chosen, or in the first of
 * these places that can be written to. All but the last survive a restart of the machine.
 */
export function spoolHome(
  chosen: string | true,
  { host, application }: SpoolOwner,
  env: Environment = process.env,
): SpoolHome {
  const own = `${digest(deployedAs(application))}-${digest(new URL(host).origin)}`;
  if (chosen !== true) return homeAt(join(chosen, own), 'the folder that was chosen');
  for (const [why, place] of statePlaces(env)) {
    if (place === undefined || !isAbsolute(place)) continue;
    const folder = join(place, 'errsight', own);
    if (prepareFolder(folder) === undefined) return homeAt(folder, why);
  }
  return homeAt(
    join(tmpdir(), `errsight-spool-${process.geteuid?.() ?? 'user'}-${own}`),
    "the system's folder for temporary files, which may not survive a restart of the machine",
  );
}

function homeAt(folder: string, why: string): SpoolHome {
  return { folder, why, siblings: () => siblingsOf(folder) };
}

/**
 * Capistrano, Deployer and others deploy each release to its own folder: `/srv/shop/releases/42`.
 */
const RELEASE = /([\\/]releases)[\\/][^\\/]+/;

/** The project's folder, without the part that changes with each release. */
function deployedAs(folder: string): string {
  return folder.replace(RELEASE, '$1/*');
}

/** Finds the folders whose names begin with the same application. */
function siblingsOf(folder: string): readonly string[] {
  const [place, name] = [dirname(folder), basename(folder)];
  const application = name.slice(0, name.lastIndexOf('-') + 1);
  try {
    return readdirSync(place)
      .filter((each) => each.startsWith(application) && each !== name)
      .map((each) => join(place, each));
  } catch {
    // The place does not exist yet, or can't be listed. Then there are none.
    return [];
  }
}

function statePlaces(env: Environment): readonly (readonly [string, string | undefined])[] {
  return [
    // systemd may name several folders.
    ['`STATE_DIRECTORY`', env['STATE_DIRECTORY']?.split(delimiter)[0]],
    ['`XDG_STATE_HOME`', env['XDG_STATE_HOME']],
    process.platform === 'win32'
      ? ['`LOCALAPPDATA`', env['LOCALAPPDATA']]
      : ["the user's state folder", inHome('.local', 'state')],
  ];
}

function inHome(...names: string[]): string | undefined {
  try {
    const home = homedir();
    // A home that does not exist is not made: to make one in /proc hangs Node 20.
    return existsSync(home) ? join(home, ...names) : undefined;
  } catch {
    // The user has no entry, as in some containers.
    return undefined;
  }
}
