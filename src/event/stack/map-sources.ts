import { URL } from 'node:url';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  besides,
  bundledPath,
  isAbsolutePath,
  isFile,
  isInside,
  withoutVirtual,
} from './file-names.ts';
import { isPackage } from './project-root.ts';
import { attempt } from '../../lib/safe-read.ts';

/**
 * Finds the path of a source. Maps name sources by relative URLs or with a bundler's own scheme.
 */
export type SourceNames = (written: string, sourceRoot: string) => string;

export interface MapPlace {
  /** The folder of the map, to which its sources are relative. */
  readonly folder: string;
  readonly projectRoot: string;
}

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/** Makes a function that names the sources of one map. */
export function createSourceNames({ folder, projectRoot }: MapPlace): SourceNames {
  // Bundlers name sources relative to the package that they build, or to the workspace.
  const own = ownPackage(folder, projectRoot);
  const folders = own === undefined ? [projectRoot] : [own, projectRoot];

  /**
   * A path that does not exist on this disk, as with a `sourceRoot` at which the sources are
   * published.
   */
  function published(path: string): string {
    return besides(path.replace(/^\/+/, ''), folders);
  }

  return (written, sourceRoot) => {
    const isWhole = SCHEME.test(written) || isAbsolutePath(written) || sourceRoot === '';
    const source = isWhole ? written : `${sourceRoot.replace(/\/+$/, '')}/${written}`;
    const scheme = SCHEME.exec(source)?.[1]?.toLowerCase();
    if (scheme === 'file') return fileURLToPath(source);
    if (scheme === 'http' || scheme === 'https') {
      return isWhole ? source : published(decoded(new URL(source).pathname));
    }
    if (scheme !== undefined) {
      const path = bundledPath(source);
      return path === undefined ? source : normalize(besides(path, folders));
    }
    const path = withoutVirtual(decoded(source));
    if (!isAbsolutePath(path)) return join(folder, path);
    const isHere = isWhole || (isInside(path, [projectRoot]) && isFile(path));
    return isHere ? normalize(path) : published(path);
  };
}

/** The nearest package around a folder, inside the project. */
function ownPackage(folder: string, projectRoot: string): string | undefined {
  for (let each = folder; isInside(each, [projectRoot]); each = dirname(each)) {
    if (isPackage(each)) return each;
  }
  return undefined;
}

function decoded(path: string): string {
  return attempt(() => decodeURIComponent(path)) ?? path;
}
