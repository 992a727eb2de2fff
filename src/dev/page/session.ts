// The menu of the session: save or load it, clear it, and choose how the page looks.
import type { Status } from '../shapes.ts';
import { loadSession, order, sendTest } from './api.ts';
import { say } from './clipboard.ts';
import { button, h, plural } from './dom.ts';
import { themeButton } from './settings.ts';

export class SessionMenu {
  readonly element: HTMLElement;
  readonly #clear: HTMLElement;
  #status: Status | undefined;
  #isSure = false;

  constructor() {
    this.#clear = button('clear', (event) => this.#askClear(event));
    const file = h('input', {
      type: 'file',
      id: 'session-file',
      accept: '.ndjson,.jsonl,.json',
      onchange: () => {
        const [chosen] = file.files ?? [];
        if (chosen !== undefined) void load(chosen);
        file.value = '';
      },
    });
    this.element = h(
      'details',
      { class: 'menu session', ontoggle: () => this.#forget() },
      h('summary', {}, 'session'),
      h(
        'div',
        {},
        h('a', { href: '/local/session', download: '' }, 'download as NDJSON'),
        h('label', {}, 'load ', file),
        button('send a test error', () => this.test()),
        this.#clear,
        themeButton(),
      ),
    );
  }

  update(status: Status): void {
    this.#status = status;
  }

  test(): void {
    if (this.#status === undefined) return;
    void sendTest(this.#status).then((status) => {
      say(status === 202 ? 'sent a test error' : `the test error was answered with ${status}`);
    });
  }

  /** Clears with the second click, since nothing brings the events back. */
  #askClear(event: Event): void {
    if (!this.#isSure) {
      event.stopPropagation();
      this.#isSure = true;
      this.#clear.textContent = `clear ${plural(this.#status?.total ?? 0, 'event')}?`;
      return;
    }
    this.#forget();
    void order('/clear', {}).then(() => say('cleared'));
  }

  #forget(): void {
    this.#isSure = false;
    this.#clear.textContent = 'clear';
  }
}

async function load(file: File): Promise<void> {
  const { loaded, known, skipped } = await loadSession(file);
  const parts = [
    `loaded ${plural(loaded, 'event')}`,
    known > 0 ? `${known} were here already` : '',
    skipped > 0 ? `${plural(skipped, 'line')} had none` : '',
  ];
  say(parts.filter(Boolean).join(', '));
}
