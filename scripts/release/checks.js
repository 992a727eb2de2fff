// What must be right before a version is published. Each check returns its problems, a sentence each.

/** As much as the package may take: what the README says. */
const MOST_BYTES = 750_000;

const PUBLISHED =
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/(?:cjs|module)\/.*|entries\/pino\.(?:mjs|d\.mts))$/;

/** The changelog has the version with its date, and nothing waits above it. */
export function changelogProblems(changelog, version) {
  const [, ...sections] = changelog.split(/^## /m);
  const section = (name) => sections.find((each) => each.startsWith(`[${name}]`));
  const own = section(version);
  if (own === undefined) return [`CHANGELOG.md has no section for ${version}`];
  const problems = [];
  const date = /^\[[^\]]*\] - (\d{4}-\d{2}-\d{2})$/m.exec(own)?.[1];
  if (date === undefined || Number.isNaN(Date.parse(date))) {
    problems.push(`the section of ${version} in CHANGELOG.md has no date`);
  }
  if (!/^- /m.test(own)) problems.push(`the section of ${version} in CHANGELOG.md is empty`);
  if (/^- /m.test(section('Unreleased') ?? '')) {
    problems.push(`CHANGELOG.md has lines under "Unreleased" above ${version}`);
  }
  return problems;
}

/** What git knows: `status` is `git status --porcelain`, `tags` are the tags. */
export function gitProblems({ status, branch, tags }, version) {
  const problems = [];
  if (status !== '') problems.push(`there are changes that are not committed:\n${status}`);
  if (branch !== 'main') problems.push(`the branch is ${branch}, and not main`);
  if (tags.includes(`v${version}`)) problems.push(`the tag v${version} is there already`);
  return problems;
}

/** What is packed, by name and content. `root` is where it was built: no file may name it. */
export function packedProblems(files, root) {
  const problems = [];
  let bytes = 0;
  for (const [name, content] of files) {
    bytes += content.length;
    if (!PUBLISHED.test(name)) problems.push(`${name} is no part of the package`);
    if (name.endsWith('.map')) problems.push(`${name} is a source map`);
    if (content.includes(root)) problems.push(`${name} names the folder that it was built in`);
  }
  if (bytes > MOST_BYTES) {
    problems.push(`the package has ${bytes} bytes, and may have ${MOST_BYTES}`);
  }
  return problems;
}

/** Every file that package.json leads to is packed. */
export function entryProblems(manifest, names) {
  const wanted = [...pathsIn(manifest.exports), ...pathsIn(manifest.bin), manifest.main];
  return [...new Set(wanted.map((path) => path.replace(/^\.\//, '')))]
    .filter((path) => !names.has(path))
    .map((path) => `package.json names ${path}, which is not packed`);
}

function pathsIn(value) {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}
