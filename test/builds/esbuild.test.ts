import t from 'tap';
import { ESBUILD } from './builds.ts';
import { checkBuild } from './check.ts';

t.setTimeout(600_000);

for (const build of ESBUILD) {
  t.test(`what ${build.what} makes tells the source's lines and functions`, (t) =>
    checkBuild(t, build),
  );
}
