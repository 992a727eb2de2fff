import { createExceptionReader } from '../error/exception.ts';
import { createEventBuilder, type EventBuilder } from './build.ts';
import { createVariablesReader } from './variables.ts';
import type { FrameOptions } from '../stack/frames.ts';
import type { Scrubber } from '../scrub/scrubber.ts';
import { createProjectFiles } from '../stack/files.ts';
import { createPathRules, type PathRulesOptions } from '../stack/paths.ts';
import { createSourceReader } from '../stack/source-lines.ts';
import { createSourceMapper } from '../stack/source-map.ts';
import { createSourceTexts } from '../stack/source-text.ts';
import { ownFiles } from '../../lib/own-files.ts';
import type { DefaultTag } from '../../default-tags.ts';

/** The options that decide what is in an event. */
interface Options extends Pick<PathRulesOptions, 'inAppInclude' | 'inAppExclude'> {
  readonly environment: string;
  readonly maxBreadcrumbs: number;
  readonly defaultTags: readonly DefaultTag[];
  readonly sourceContext: boolean;
  readonly sourceMaps: boolean;
}

/** What is known of the application. */
interface Application {
  /** See the option `projectRoot`. */
  readonly projectRoot: string;
  /** The folder of the nearest package.json. */
  readonly packageRoot: string;
  readonly release: string | undefined;
}

/** Turns records into events as the options say. */
export function createBuilder(
  config: Options,
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
