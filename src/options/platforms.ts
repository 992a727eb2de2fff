import { trimVariable, NOTHING, type Environment } from './reader.ts';

/** A value, and where it comes from in words. */
export interface Named {
  readonly value: string;
  readonly by: string;
}

/** What a platform says in variables, the best one first; nothing counts that it sets for other purposes. */
interface Platform {
  readonly name: string;
  /** Where it is written. */
  readonly source: string;
  readonly release?: readonly string[];
  readonly environment?: readonly string[];
  /** A variable without which the others can be anybody's. */
  readonly mark?: string;
  /** Makes of what a variable says what is meant; undefined where it says nothing. */
  readonly read?: (said: string) => string | undefined;
}

/**
 * Those that run applications come first: what a program is deployed with says more than what it was built
 * or tested with. The page `docs/releases-and-environments.md` is compared with this.
 */
export const PLATFORMS: readonly Platform[] = [
  {
    name: 'Kamal',
    source: 'https://kamal-deploy.org/docs/configuration/environment-variables/',
    release: ['KAMAL_VERSION'],
    environment: ['KAMAL_DESTINATION'],
  },
  {
    name: 'Heroku',
    source: 'https://devcenter.heroku.com/articles/dyno-metadata',
    release: ['HEROKU_BUILD_COMMIT', 'HEROKU_SLUG_COMMIT', 'HEROKU_RELEASE_VERSION'],
  },
  {
    name: 'Vercel',
    source: 'https://vercel.com/docs/environment-variables/system-environment-variables',
    release: ['VERCEL_GIT_COMMIT_SHA', 'VERCEL_DEPLOYMENT_ID'],
    environment: ['VERCEL_TARGET_ENV', 'VERCEL_ENV'],
  },
  {
    name: 'Netlify',
    source: 'https://docs.netlify.com/build/configure-builds/environment-variables/',
    release: ['COMMIT_REF'],
    environment: ['CONTEXT'],
    mark: 'NETLIFY',
  },
  {
    name: 'Render',
    source: 'https://render.com/docs/environment-variables',
    release: ['RENDER_GIT_COMMIT'],
  },
  {
    name: 'Railway',
    source: 'https://docs.railway.com/reference/variables',
    release: ['RAILWAY_GIT_COMMIT_SHA', 'RAILWAY_DEPLOYMENT_ID'],
    environment: ['RAILWAY_ENVIRONMENT_NAME', 'RAILWAY_ENVIRONMENT'],
  },
  {
    name: 'Fly',
    source: 'https://fly.io/docs/machines/runtime-environment/',
    release: ['FLY_IMAGE_REF'],
    // `registry.fly.io/shop:deployment-01H9RK9EYO9PGNBYAKGXSHV0PH`.
    read: (said) => /[:@]([^/]+)$/.exec(said)?.[1],
  },
  {
    name: 'Google Cloud Run',
    source: 'https://cloud.google.com/run/docs/container-contract',
    release: ['K_REVISION'],
    mark: 'K_SERVICE',
  },
  {
    name: 'Google App Engine',
    source: 'https://cloud.google.com/appengine/docs/standard/nodejs/runtime',
    release: ['GAE_VERSION'],
    mark: 'GAE_SERVICE',
  },
  {
    name: 'AWS Amplify',
    source:
      'https://docs.aws.amazon.com/amplify/latest/userguide/amplify-console-environment-variables.html',
    release: ['AWS_COMMIT_ID'],
  },
  {
    name: 'AWS Lambda',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html',
    release: ['AWS_LAMBDA_FUNCTION_VERSION'],
    // What was not published has no version.
    read: (said) => (said === '$LATEST' ? undefined : said),
  },
  {
    name: 'Azure Container Apps',
    source: 'https://learn.microsoft.com/azure/container-apps/environment-variables',
    release: ['CONTAINER_APP_REVISION'],
  },
  {
    name: 'Azure App Service',
    source: 'https://learn.microsoft.com/azure/app-service/reference-app-settings',
    release: ['SCM_COMMIT_ID'],
    environment: ['AZURE_FUNCTIONS_ENVIRONMENT', 'WEBSITE_SLOT_NAME'],
    // `Production` is what others write in lower case, and ErrSight compares letter by letter.
    read: (said) => said.toLowerCase(),
  },
  {
    name: 'Cloudflare Pages',
    source: 'https://developers.cloudflare.com/pages/configuration/build-configuration/',
    release: ['CF_PAGES_COMMIT_SHA'],
  },
  {
    name: 'Platform.sh',
    source: 'https://docs.platform.sh/development/variables/use-variables.html',
    release: ['PLATFORM_TREE_ID'],
    environment: ['PLATFORM_ENVIRONMENT_TYPE', 'PLATFORM_BRANCH'],
  },
  {
    name: 'Koyeb',
    source: 'https://www.koyeb.com/docs/build-and-deploy/environment-variables',
    release: ['KOYEB_GIT_SHA'],
  },
  {
    name: 'Coolify',
    source: 'https://coolify.io/docs/knowledge-base/environment-variables',
    release: ['SOURCE_COMMIT'],
  },
  {
    name: 'Dokku',
    source: 'https://dokku.com/docs/deployment/methods/git/',
    release: ['GIT_REV'],
  },
  {
    name: 'GitHub Actions',
    source: 'https://docs.github.com/actions/reference/workflows-and-actions/variables',
    release: ['GITHUB_SHA'],
  },
  {
    name: 'GitLab CI',
    source: 'https://docs.gitlab.com/ci/variables/predefined_variables/',
    release: ['CI_COMMIT_SHA'],
    environment: ['CI_ENVIRONMENT_NAME'],
    mark: 'GITLAB_CI',
  },
  {
    name: 'Bitbucket Pipelines',
    source: 'https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/',
    release: ['BITBUCKET_COMMIT'],
    environment: ['BITBUCKET_DEPLOYMENT_ENVIRONMENT'],
  },
  {
    name: 'CircleCI',
    source: 'https://circleci.com/docs/variables/',
    release: ['CIRCLE_SHA1'],
  },
  {
    name: 'Azure Pipelines',
    source: 'https://learn.microsoft.com/azure/devops/pipelines/build/variables',
    release: ['BUILD_SOURCEVERSION'],
    mark: 'TF_BUILD',
  },
  {
    name: 'AWS CodeBuild',
    source: 'https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html',
    release: ['CODEBUILD_RESOLVED_SOURCE_VERSION'],
  },
  {
    name: 'Buildkite',
    source: 'https://buildkite.com/docs/pipelines/configure/environment-variables',
    release: ['BUILDKITE_COMMIT'],
    // Before its checkout it knows no more.
    read: (said) => (said === 'HEAD' ? undefined : said),
  },
  {
    name: 'Jenkins',
    source: 'https://plugins.jenkins.io/git/',
    release: ['GIT_COMMIT'],
    mark: 'JENKINS_URL',
  },
];

function asItIs(said: string): string {
  return said;
}

/** What the platform says of this; undefined where it is none of the known ones. */
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
      if (value === undefined || value === '' || value.length > max || NOTHING.has(value)) continue;
      return { value, by: `\`${variable}\` of ${name}` };
    }
  }
  return undefined;
}

/** The environment where nobody has named it: the platform's, else what Node's programs go by. */
export function environmentOf(env: Environment, max: number): Named {
  const platforms = saidByPlatform('environment', env, max);
  if (platforms !== undefined) return platforms;
  const said = trimVariable(env['NODE_ENV'] ?? '');
  const isName = said !== '' && said.length <= max && !NOTHING.has(said);
  return isName ? { value: said, by: '`NODE_ENV`' } : { value: 'production', by: 'the default' };
}
