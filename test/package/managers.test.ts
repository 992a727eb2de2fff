import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { strictServer } from '../helpers/errsight.ts';
import { installPacked, makeConsumer, ROOT, type Consumer } from './consumer.ts';

const installed = await installPacked(t);

const modules = join(ROOT, 'node_modules');
const TSC = join(modules, 'typescript/bin/tsc');

interface Manager {
  readonly what: string;
  readonly install: readonly string[];
  /** What Node is given before the program. */
  readonly flags: readonly string[];
}

const MANAGERS: readonly Manager[] = [
  {
    what: 'pnpm',
    install: [join(modules, 'pnpm/bin/pnpm.cjs'), 'install', '--offline'],
    flags: [],
  },
  {
    what: 'yarn with PnP',
    install: [join(modules, '@yarnpkg/cli-dist/bin/yarn.js'), 'install'],
    flags: ['--no-warnings', '-r', './.pnp.cjs', '--experimental-loader', './.pnp.loader.mjs'],
  },
];

/** A project that one of them has installed the tarball into, without a network. */
async function install(
  t: Parameters<typeof makeConsumer>[0],
  { what, install: args }: Manager,
): Promise<Consumer> {
  const project = makeConsumer(t, installed, 'managers');
  const write = (name: string, text: string): void => {
    writeFileSync(join(project.folder, name), text);
  };
  const tarball = readdirSync(installed.folder).find((name) => name.endsWith('.tgz')) ?? '';
  renameSync(join(project.folder, 'node_modules'), join(project.folder, 'of-npm'));
  const dependencies = { errsight: `file:${join(installed.folder, tarball)}` };
  write(
    'package.json',
    JSON.stringify({ name: 'shop', private: true, type: 'module', dependencies }),
  );
  write('yarn.lock', '');
  const settings = ['nodeLinker: pnp', 'enableNetwork: false', 'enableTelemetry: false'];
  write('.yarnrc.yml', [...settings, 'enableGlobalCache: false', ''].join('\n'));
  const ended = await project.node(args);
  if (ended.code !== 0) throw new Error(`${what} failed\n${ended.stdout}${ended.stderr}`);
  return project;
}

function frame(filename: string): object {
  const first = { filename, in_app: true, context_line: /new TypeError/ };
  return { metadata: { exception_frames: [first] } };
}

for (const manager of MANAGERS) {
  t.test(`what ${manager.what} installs reports, as an ES module and as CommonJS`, async (t) => {
    const project = await install(t, manager);
    const server = await strictServer(t);
    const ended = await project.node([...manager.flags, 'app.mjs'], server.env);
    t.match(ended, { code: 3, stderr: '' });
    const events = server.events.toSorted((a, b) => a.message.localeCompare(b.message));
    t.match(events, [
      { message: 'RangeError: of the stream' },
      { message: 'TypeError: by import', ...frame('app.mjs') },
      { message: 'TypeError: by require', ...frame('app.cjs') },
    ]);
    t.equal(events.length, 3, 'each once');
  });
}

t.test('TypeScript finds the types where pnpm has put them', async (t) => {
  const [pnpm] = MANAGERS;
  const project = await install(t, pnpm as Manager);
  for (const options of [
    ['--module', 'nodenext'],
    ['--module', 'node16', '--moduleResolution', 'node16'],
    ['--module', 'esnext', '--moduleResolution', 'bundler'],
  ]) {
    const strict = ['--noEmit', '--strict', '--lib', 'es2023', '--types', ''];
    const ended = await project.node([TSC, ...strict, ...options, 'app.ts']);
    t.match(ended, { code: 0, stdout: '' }, options.join(' '));
  }
});
