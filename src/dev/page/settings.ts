// A person's settings, which the browser keeps. If it keeps nothing, they last until the page is closed.
import { h, button } from './dom.ts';

const EDITORS: Readonly<Record<string, string>> = {
  'VS Code': 'vscode://file/{path}:{line}:{column}',
  Cursor: 'cursor://file/{path}:{line}:{column}',
  Zed: 'zed://file/{path}:{line}:{column}',
  'WebStorm, IDEA': 'idea://open?file=/{path}&line={line}&column={column}',
  'Sublime Text': 'subl://open?url=file:///{path}&line={line}&column={column}',
};

function read(name: string): string {
  try {
    return localStorage.getItem(`errsight-${name}`) ?? '';
  } catch {
    return '';
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`errsight-${name}`, value);
  } catch {
    // The setting lasts until the page is closed.
  }
}

const THEMES = ['auto', 'light', 'dark'] as const;
let theme = read('theme') || 'auto';

export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme;
}

function themeLabel(): string {
  return `theme: ${theme}`;
}

export function themeButton(): HTMLElement {
  const element = button(themeLabel(), () => {
    theme = THEMES[(THEMES.indexOf(theme as 'auto') + 1) % THEMES.length] ?? 'auto';
    write('theme', theme);
    applyTheme();
    element.textContent = themeLabel();
  });
  return element;
}

/** The folder of the project, unless a person has set another one. */
let folder = '';
export function setFolder(root: string): void {
  folder = root;
}

/** The address that opens a file in the editor; undefined if the form is no editor's. */
export function editorLink(file: string, line: number, column: number): string | undefined {
  const form = read('editor') || (EDITORS['VS Code'] ?? '');
  const root = (read('folder') || folder).replaceAll('\\', '/').replace(/\/$/, '');
  const isWhole = /^(?:\/|[a-z]:)/i.test(file);
  const path = (isWhole ? file : `${root}/${file}`).replace(/^\//, '');
  const link = form
    .replace('{path}', () => path.split('/').map(encodeURIComponent).join('/').replace('%3A', ':'))
    .replace('{line}', String(line || 1))
    .replace('{column}', String(column || 1));
  const isEditor =
    /^[a-z][\w+.-]*:/i.test(link) && !/^(?:javascript|data|blob|https?):/i.test(link);
  return isEditor ? link : undefined;
}

/** The choice of an editor, and of the folder that paths are relative to. */
export function editorSetting(changed: () => void): HTMLElement {
  const form = h('input', { value: read('editor') || (EDITORS['VS Code'] ?? ''), size: 36 });
  const choice = h(
    'select',
    {
      onchange: () => {
        form.value = EDITORS[choice.value] ?? form.value;
        save();
      },
    },
    ...Object.keys(EDITORS).map((name) =>
      h('option', { selected: EDITORS[name] === form.value }, name),
    ),
    h('option', { selected: !Object.values(EDITORS).includes(form.value) }, 'another'),
  );
  const root = h('input', { value: read('folder'), placeholder: folder, size: 36 });
  const save = (): void => {
    write('editor', form.value);
    write('folder', root.value);
    changed();
  };
  form.addEventListener('change', save);
  root.addEventListener('change', save);
  return h(
    'div',
    { class: 'form' },
    h('label', {}, 'Editor ', choice),
    h('label', {}, 'Address ', form),
    h('label', {}, 'Project folder ', root),
  );
}
