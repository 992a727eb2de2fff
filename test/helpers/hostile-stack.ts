import fc from 'fast-check';
import { anyText, hostileText } from './hostile.ts';
import { MARKER } from './planted.ts';

/** Paths in stacks, none of which but the first two may be opened. `ROOT` is the project's. */
const PATHS = [
  ['ROOT/src/own.js', 'ROOT/own-link.js', 'file://ROOT/src/own.js', 'ROOT/src/../src/own.js'],
  ['/etc/passwd', '../../etc/hosts', 'file:///etc/passwd', '/proc/self/environ', '/dev/zero'],
  ['/dev/stdin', '/proc/self/fd/0', '/proc/self/cwd/secret.js', 'file:///proc/self/root/a.js'],
  ['ROOT/fifo.js', 'ROOT/link.js', 'ROOT/up/secret.js', 'ROOT/passwd.js', 'ROOT/loop.js'],
  ['ROOT/dep.js', 'ROOT/node_modules/dep/index.js', 'ROOT/src/../node_modules/dep/index.js'],
  ['ROOT/.env', 'ROOT/data.json', 'ROOT/folder.js', 'ROOT/src/binary.js', 'ROOT', 'ROOT/'],
  ['ROOT/../secret.js', 'ROOT/src/../../secret.js', 'ROOT/up/project/src/own.js'],
  ['ROOT/secret.js', 'ROOT-other/a.js', 'ROOT/own.js\u0000.js', 'ROOT/\u0000/../secret.js'],
  ['ROOT/%2e%2e/secret.js', 'file://ROOT/%2e%2e/secret.js', 'file://ROOT/..%2fsecret.js'],
  ['file://ROOT/src/own.js?a=b', 'file://host/ROOT/src/own.js', 'file://ROOT/%00.js'],
  ['\\\\host\\share\\a.js', 'C:\\Windows\\a.js', 'C:/a.js', '\\\\?\\C:\\a.js', '//host/a.js'],
  ['ROOT\\..\\secret.js', 'ROOT/./src//own.js', 'ROOT/src/own.js/', 'ROOT/src/own.js/../../..'],
  [`ROOT/${'a'.repeat(300)}.js`, `ROOT/${'a/'.repeat(2_000)}b.js`, 'ROOT/~/a.js', '~/a.js'],
  ['node:fs', 'native', '<anonymous>', 'data:text/javascript,1', 'https://x.example/a.js'],
  ['webpack:///./src/own.js', 'webpack-internal:///./a.js', 'wasm://wasm/01:0x1', 'ROOT/A.JS'],
  ['ROOT/src/own.js.map', 'ROOT/../secret.js.map', 'ROOT/src/own.ts', 'ROOT/src/own.js\n.js'],
].flat();

const path = fc.oneof(
  { arbitrary: fc.constantFrom(...PATHS), weight: 4 },
  hostileText.map((text) => `ROOT/${text}.js`),
  hostileText.map((text) => `/${text}`),
);

const position = fc.constantFrom(
  ':1:1',
  ':3:5',
  ':0:0',
  ':999999999:1',
  ':20',
  '',
  ':-1:1',
  ':1e3:1',
);

const FRAMES: readonly ((file: string, name: string) => string)[] = [
  (file) => `    at ${file}`,
  (file, name) => `    at ${name} (${file})`,
  (file, name) => `    at async ${name} [as b] (${file})`,
  (file, name) => `    at eval (eval at ${name} (${file}), <anonymous>:1:1)`,
  (file) => `at new A (file://${file})`,
  (file) => `\tat Object.<anonymous> (${file})`,
  (file) => `${file}\nconst a = ;\n      ^\n`,
  (_file, name) => `caused by: ${name}`,
];

const named = fc
  .tuple(fc.constantFrom(...FRAMES), path, position, fc.oneof(fc.constant('f'), anyText))
  .map(([write, file, at, name]) => write(file + at, name));

const frame = fc.oneof(
  { arbitrary: named, weight: 20 },
  fc.constant(`    at f (https://ada:${MARKER}@x.example/a.js?token=${MARKER}:1:1)`),
);

/** Stacks that name files which are nobody's business. */
export function hostileStack(root: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.oneof(fc.constant('Error: m'), anyText), fc.array(frame, { maxLength: 8 }))
    .map(([header, frames]) => [header, ...frames].join('\n').replaceAll('ROOT', root));
}
