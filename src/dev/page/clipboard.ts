// Copies a text, and says that it did.
import { button, h } from './dom.ts';

const status = h('p', { class: 'toast', role: 'status' });
document.body.append(status);
let timer: number | undefined;

/** Says something for a moment. */
export function say(text: string): void {
  status.textContent = text;
  status.classList.add('on');
  clearTimeout(timer);
  timer = setTimeout(() => status.classList.remove('on'), 3000);
}

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`copied ${what}`);
  } catch {
    say('the browser did not let us copy');
  }
}

export function copyButton(label: string, text: () => string): HTMLElement {
  return button(label, () => void copy(text(), label));
}
