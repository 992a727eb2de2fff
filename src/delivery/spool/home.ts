import { URL } from 'node:url';
import { homedir, tmpdir } from 'node:os';
import { existsSync, readdirSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
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
  /** The folders beside it that the application has for other hosts, or had before a host was renamed. */
  readonly siblings: () => readonly string[];
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

/** Capistrano, Deployer and others deploy each release to a folder of its own: `/srv/shop/releases/42`. */
const RELEASE = /([\\/]releases)[\\/][^\\/]+/;

/** The same for all releases of an application. */
function deployedAs(folder: string): string {
  return folder.replace(RELEASE, '$1/*');
}

/** Their names begin with the same application. */
function siblingsOf(folder: string): readonly string[] {
  const [place, name] = [dirname(folder), basename(folder)];
  const application = name.slice(0, name.lastIndexOf('-') + 1);
  try {
    return readdirSync(place)
      .filter((each) => each.startsWith(application) && each !== name)
      .map((each) => join(place, each));
  } catch {
    // Nobody has made it yet, or nobody may list it: then none can be found.
    return [];
  }
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
    const home = homedir();
    // One that is not there is nobody's, and to make it in /proc hangs Node 20.
    return existsSync(home) ? join(home, ...names) : undefined;
  } catch {
    // A user without an entry, as containers have them.
    return undefined;
  }
}
