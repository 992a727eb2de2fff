import { createExceptionReader } from '../event/error/exception.ts';
import { createEventBuilder, type EventBuilder } from '../event/make/build.ts';
import { createVariablesReader } from '../event/make/variables.ts';
import type { FrameOptions } from '../event/stack/frames.ts';
import type { Scrubber } from '../event/scrub/scrubber.ts';
import { createProjectFiles } from '../event/stack/files.ts';
import { createPathRules } from '../event/stack/paths.ts';
import { createSourceReader } from '../event/stack/source-lines.ts';
import { createSourceMapper } from '../event/stack/source-map.ts';
import { createSourceTexts } from '../event/stack/source-text.ts';
import { ownFiles } from '../lib/own-files.ts';
import type { Config } from '../options/config.ts';

/** What an event says of the application. */
interface Application {
  /** See the option `projectRoot`. */
  readonly projectRoot: string;
  /** The folder of the nearest package.json. */
  readonly packageRoot: string;
  readonly release: string | undefined;
}

/** Has records made into events as the options say. */
export function createBuilder(
  config: Config,
  { projectRoot, packageRoot, release }: Application,
  scrub: Scrubber,
): EventBuilder {
  const paths = createPathRules({ ...config, projectRoot, packageRoot });
  const files = createProjectFiles(projectRoot);
  const texts = createSourceTexts(files);
  const stacks: FrameOptions & { readonly scrub: Scrubber } = {
    paths,
    files,
    scrub,
    texts,
    ownFolders: ownFiles().folders,
    ...(config.sourceContext && { source: createSourceReader(texts) }),
    ...(config.sourceMaps && { sourceMap: createSourceMapper({ projectRoot, files }) }),
  };
  return createEventBuilder({
    environment: config.environment,
    release,
    maxBreadcrumbs: config.maxBreadcrumbs,
    defaultTags: config.defaultTags,
    scrub,
    readException: createExceptionReader(stacks),
    readVariables: createVariablesReader(stacks),
  });
}
