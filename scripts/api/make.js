// Makes the pages of docs/api from the docstrings of what is built: `node scripts/api/make.js`. With `--check`
// it makes them elsewhere, and fails if those in docs/api say something else.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PAGES = fileURLToPath(new URL('../../docs/api', import.meta.url));

function make(folder) {
  const typedoc = join(HERE, 'node_modules/typedoc/bin/typedoc');
  execFileSync(
    process.execPath,
    [typedoc, '--options', join(HERE, 'typedoc.json'), '--out', folder],
    {
      cwd: HERE,
      stdio: 'inherit',
    },
  );
}

function pagesOf(folder) {
  return new Map(
    readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith('.md'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

if (process.argv[2] === '--check') {
  const made = mkdtempSync(join(tmpdir(), 'errsight-api-'));
  try {
    make(made);
    const [now, then] = [pagesOf(made), pagesOf(PAGES)];
    const changed = [...new Set([...now.keys(), ...then.keys()])].filter(
      (name) => now.get(name) !== then.get(name),
    );
    if (changed.length > 0) {
      process.stderr.write(`docs/api is not what the docstrings say: ${changed.join(', ')}\n`);
      process.stderr.write('Run `npm run docs:api`, and commit what it makes.\n');
      process.exitCode = 1;
    }
  } finally {
    rmSync(made, { recursive: true });
  }
} else {
  make(PAGES);
}
