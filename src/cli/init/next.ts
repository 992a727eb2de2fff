import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from './plan.ts';
import { shown, type Project } from './project.ts';

const INSTRUMENTATION = `import { captureRequestError, init } from 'errsight';

export function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') init();
}

export const onRequestError = captureRequestError;
`;

/** The file that Next loads first. */
export function placeNext(project: Project, plan: Plan): void {
  const { folder, isTypeScript, sources } = project;
  const isInSrc = ['app', 'pages'].some((name) => existsSync(join(folder, 'src', name)));
  const at = isInSrc ? join(folder, 'src') : folder;
  const existing = sources.find(({ path }) => /[\\/]instrumentation\.[jt]sx?$/.test(path));
  if (existing?.hasErrsight === true) return;
  if (existing !== undefined) {
    plan.advice.push({
      what: `${shown(project, existing.path)} is there already. Add to it:`,
      lines: INSTRUMENTATION.trimEnd().split('\n'),
    });
    return;
  }
  const path = join(at, `instrumentation.${isTypeScript ? 'ts' : 'js'}`);
  plan.files.set(path, { before: undefined, after: INSTRUMENTATION });
  plan.done.push(`Next in ${shown(project, path)}`);
}
