import { trimVariable, NOTHING, type Environment } from './reader.ts';

/** A value, and where it comes from in words. */
export interface Named {
  readonly value: string;
  readonly by: string;
}

/**
 * What a platform says in variables, the best one first. Variables that it sets for other purposes
 * don't count.
 */
interface Platform {
  readonly name: string;
  readonly release?: readonly string[];
  readonly environment?: readonly string[];
  /**
   * A variable that the platform always sets. Without it the others may have been set by anybody.
   */
  readonly mark?: string;
  /** Turns the variable's value into what is meant, or into undefined if it says nothing. */
  readonly read?: (said: string) => string | undefined;
}

/**
 * Platforms that run applications come first, since they know more than those that build or test
 * them. `docs/releases-and-environments.md` has a link to the source for each, and a test compares
 * the page with this list.
 */
export const PLATFORMS: readonly Platform[] = [
  {
    name: 'Kamal',
    release: ['KAMAL_VERSION'],
    environment: ['KAMAL_DESTINATION'],
  },
  {
    name: 'Heroku',
    release: ['HEROKU_BUILD_COMMIT', 'HEROKU_SLUG_COMMIT', 'HEROKU_RELEASE_VERSION'],
  },
  {
    name: 'Vercel',
    release: ['VERCEL_GIT_COMMIT_SHA', 'VERCEL_DEPLOYMENT_ID'],
    environment: ['VERCEL_TARGET_ENV', 'VERCEL_ENV'],
  },
  {
    name: 'Netlify',
    release: ['COMMIT_REF'],
    environment: ['CONTEXT'],
    mark: 'NETLIFY',
  },
  {
    name: 'Render',
    release: ['RENDER_GIT_COMMIT'],
  },
  {
    name: 'Railway',
    release: ['RAILWAY_GIT_COMMIT_SHA', 'RAILWAY_DEPLOYMENT_ID'],
    environment: ['RAILWAY_ENVIRONMENT_NAME'],
  },
  {
    name: 'Fly',
    release: ['FLY_IMAGE_REF'],
    // `registry.fly.io/shop:deployment-01H9RK9EYO9PGNBYAKGXSHV0PH`.
    // With a tag and a digest, the tag is what somebody has named.
    read: (said) => {
      const [image = '', digest] = said.split('@');
      return /:([^/:]+)$/.exec(image)?.[1] ?? digest;
    },
  },
  {
    name: 'Google Cloud Run',
    release: ['K_REVISION'],
    mark: 'K_SERVICE',
  },
  {
    name: 'Google App Engine',
    release: ['GAE_VERSION'],
    mark: 'GAE_SERVICE',
  },
  {
    name: 'AWS Amplify',
    release: ['AWS_COMMIT_ID'],
  },
  {
    name: 'AWS Lambda',
    release: ['AWS_LAMBDA_FUNCTION_VERSION'],
    // A function that was not published has no version.
    read: (said) => (said === '$LATEST' ? undefined : said),
  },
  {
    name: 'Azure Container Apps',
    release: ['CONTAINER_APP_REVISION'],
  },
  {
    name: 'Azure App Service',
    environment: ['AZURE_FUNCTIONS_ENVIRONMENT', 'WEBSITE_SLOT_NAME'],
    // Others write `production`, and ErrSight tells upper and lower case apart.
    read: (said) => said.toLowerCase(),
  },
  {
    name: 'Cloudflare Pages',
    release: ['CF_PAGES_COMMIT_SHA'],
  },
  {
    name: 'Platform.sh',
    release: ['PLATFORM_TREE_ID'],
    environment: ['PLATFORM_ENVIRONMENT_TYPE', 'PLATFORM_BRANCH'],
  },
  {
    name: 'Koyeb',
    release: ['KOYEB_GIT_SHA'],
  },
  {
    name: 'Coolify',
    release: ['SOURCE_COMMIT'],
  },
  {
    name: 'Dokku',
    release: ['GIT_REV'],
  },
  {
    name: 'GitHub Actions',
    release: ['GITHUB_SHA'],
  },
  {
    name: 'GitLab CI',
    release: ['CI_COMMIT_SHA'],
    environment: ['CI_ENVIRONMENT_NAME'],
    mark: 'GITLAB_CI',
  },
  {
    name: 'Bitbucket Pipelines',
    release: ['BITBUCKET_COMMIT'],
    environment: ['BITBUCKET_DEPLOYMENT_ENVIRONMENT'],
  },
  {
    name: 'CircleCI',
    release: ['CIRCLE_SHA1'],
  },
  {
    name: 'Azure Pipelines',
    release: ['BUILD_SOURCEVERSION'],
    mark: 'TF_BUILD',
  },
  {
    name: 'AWS CodeBuild',
    release: ['CODEBUILD_RESOLVED_SOURCE_VERSION'],
  },
  {
    name: 'Buildkite',
    release: ['BUILDKITE_COMMIT'],
  },
  {
    name: 'Jenkins',
    release: ['GIT_COMMIT'],
    mark: 'JENKINS_URL',
  },
];

/**
 * What is said where nobody knows it, in lower case. AWS Amplify says `HEAD` when it builds a commit
 * again, Buildkite before the checkout, and Dockerfiles have `unknown` as a default.
 */
const UNKNOWN: ReadonlySet<string> = new Set([
  ...NOTHING,
  'head',
  'unknown',
  'none',
  'nil',
  'n/a',
  'na',
  'unset',
]);

function asItIs(said: string): string {
  return said;
}

/** What the platform says of this, or undefined if it is none of the known ones. */
export function saidByPlatform(
  what: 'release' | 'environment',
  env: Environment,
  max: number,
): Named | undefined {
  for (const { [what]: variables = [], mark, read = asItIs, name } of PLATFORMS) {
    if (mark !== undefined && (env[mark] ?? '') === '') continue;
    for (const variable of variables) {
      const said = trimVariable(env[variable] ?? '');
      const value = said === '' ? undefined : read(said);
      if (value === undefined || value === '' || value.length > max) continue;
      if (UNKNOWN.has(value.toLowerCase())) continue;
      return { value, by: `\`${variable}\` of ${name}` };
    }
  }
  return undefined;
}

/** The environment if nobody has named it: the platform's, or else `NODE_ENV`. */
export function environmentOf(env: Environment, max: number): Named {
  const platforms = saidByPlatform('environment', env, max);
  if (platforms !== undefined) return platforms;
  const said = trimVariable(env['NODE_ENV'] ?? '');
  const isName = said !== '' && said.length <= max && !NOTHING.has(said);
  return isName ? { value: said, by: '`NODE_ENV`' } : { value: 'production', by: 'the default' };
}
