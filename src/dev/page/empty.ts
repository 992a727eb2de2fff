// The first screen: what to set, what to write, and why no event has come.
import type { RequestRow, Status } from '../shapes.ts';
import { copyButton } from './clipboard.ts';
import { button, h, show } from './dom.ts';
import { serverNow } from './when.ts';

/** After so many milliseconds without a request the page wonders why. */
const QUIET_MS = 60_000;
const opened = Date.now();

const STARTS: Readonly<Record<string, string>> = {
  pino: "import pino from 'pino';\nimport { withErrsight } from 'errsight';\nconst logger = pino(withErrsight({ level: 'info' }, {}));",
  winston:
    "import { ErrsightTransport } from 'errsight/winston';\nimport winston from 'winston';\nconst logger = winston.createLogger({ transports: [new ErrsightTransport()] });",
  bunyan:
    "import bunyan from 'bunyan';\nimport { createErrsightStream, serializers } from 'errsight/bunyan';\nconst logger = bunyan.createLogger({ name: 'app', serializers, streams: [createErrsightStream()] });",
  direct:
    "import { captureException, init } from 'errsight';\ninit();\ncaptureException(new Error('it works'));",
};

function block(text: string): HTMLElement {
  return h(
    'div',
    { class: 'block' },
    h('pre', { tabindex: 0, 'aria-label': 'to copy' }, text),
    copyButton('copy', () => text),
  );
}

export function emptyView({ host, writeKey }: Status, test: () => void): HTMLElement {
  const panel = h('div', { role: 'tabpanel', id: 'start', 'aria-labelledby': 'tab-pino' });
  const names = Object.keys(STARTS);
  const choose = (name: string): void => {
    for (const tab of tabs) {
      const isChosen = tab.textContent === name;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    panel.setAttribute('aria-labelledby', `tab-${name}`);
    show(panel, block(STARTS[name] ?? ''));
  };
  const move = (event: Event, index: number): void => {
    const { key } = event as KeyboardEvent;
    const by = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const next = tabs[(index + by + tabs.length) % tabs.length];
    choose(next?.textContent ?? '');
    next?.focus();
  };
  const tabs = names.map((name, index) =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${name}`,
        'aria-controls': 'start',
        onclick: () => choose(name),
        onkeydown: (event) => move(event, index),
      },
      name,
    ),
  );
  choose('pino');
  return h(
    'div',
    { class: 'empty' },
    h('h1', {}, 'No event yet'),
    h('p', { class: 'why', role: 'status' }),
    h('p', {}, 'Where your application runs, set'),
    block(`ERRSIGHT_HOST=${host}\nERRSIGHT_API_KEY=${writeKey}`),
    h('p', {}, 'and in its code'),
    h('div', { role: 'tablist', 'aria-label': 'logger' }, tabs),
    panel,
    h('p', {}, button('send a test error', test, { class: 'main', id: 'test' })),
  );
}

/** Says why there are no events, as far as the requests show. */
export function tellWhy(root: Element, requests: readonly RequestRow[]): void {
  const place = root.querySelector('.why');
  if (place === null) return;
  const last = requests.at(-1);
  let why = '';
  if (last !== undefined && last.status >= 400) {
    const cure = last.status === 401 ? ' Is ERRSIGHT_API_KEY the key below?' : '';
    why = `A request came, and was refused: ${last.status}, ${last.error ?? 'no reason given'}.${cure}`;
  } else if (last !== undefined && last.lost.length > 0) {
    why = `A request came, but its event was lost: ${last.lost.join('; ')}.`;
  } else if (last === undefined && serverNow() - Math.max(opened, 0) > QUIET_MS) {
    why = 'No request has come for a minute. Was the application started with both variables?';
  }
  if (place.textContent !== why) place.textContent = why;
}
