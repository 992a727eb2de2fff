// Copies a text and says so.
import { button, h } from './dom.ts';

const status = h('p', { class: 'toast', role: 'status' });
document.body.append(status);
let timer: number | undefined;

/** Shows a text for a moment. */
export function say(text: string): void {
  status.textContent = text;
  status.classList.add('on');
  clearTimeout(timer);
  timer = setTimeout(() => status.classList.remove('on'), 3000);
}

export async function copy(text: string, what: string): Promise<void> {
  // A page has a clipboard only at localhost and over TLS. Elsewhere a selection is copied.
  const isCopied =
    (await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    )) ?? copySelected(text);
  say(isCopied ? `copied ${what}` : 'the browser did not let us copy');
}

function copySelected(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  return isCopied;
}

export function copyButton(label: string, text: () => string): HTMLElement {
  return button(label, () => void copy(text(), label));
}
