// Looks at the sentences of the pages: `node scripts/prose.js`. One of more than 30 words fails.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TextlintKernel } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import countWords from 'textlint-rule-en-max-word-count';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const MAX_WORDS = 30;

/** The changelog is a list, and licences are not ours to shorten. */
const LEFT_OUT = new Set(['CHANGELOG.md']);

/** The package's rule looks at paragraphs; sentences in tables are read as well. */
function rule(context, options) {
  const handlers = (countWords.default ?? countWords)(context, options);
  const check = handlers[context.Syntax.Paragraph];
  return { ...handlers, [context.Syntax.TableCell]: check };
}

function pages() {
  const folders = [
    '.',
    'docs',
    ...readdirSync(join(ROOT, 'examples')).map((name) => `examples/${name}`),
  ];
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md') && !LEFT_OUT.has(name))
      .map((name) => join(folder, name)),
  );
}

const kernel = new TextlintKernel();
let count = 0;
for (const page of pages()) {
  const { messages } = await kernel.lintText(readFileSync(join(ROOT, page), 'utf8'), {
    ext: '.md',
    plugins: [{ pluginId: 'markdown', plugin: markdown.default ?? markdown }],
    rules: [{ ruleId: 'words', rule, options: { max: MAX_WORDS } }],
  });
  for (const { line, message } of messages) {
    process.stderr.write(`${page}:${line} ${message.split('\n')[0]}\n`);
  }
  count += messages.length;
}
if (count > 0) process.exitCode = 1;
