// The server's bad days, and its log of requests.
import type { BadDayKind, RequestRow, Status } from '../shapes.ts';
import { order } from './api.ts';
import { button, h, show, size } from './dom.ts';
import { ago, duration, refreshTimes, serverNow } from './when.ts';

const KINDS: readonly (readonly [BadDayKind, string])[] = [
  ['key', 'refuse the key (401)'],
  ['limit', 'limit the rate to 5 a minute (429)'],
  ['pause', 'pause the project (429)'],
  ['errors', 'fail (500)'],
  ['silence', 'give no answer'],
];
const TIMES = [
  [10, '10 seconds'],
  [30, '30 seconds'],
  [60, '1 minute'],
  [300, '5 minutes'],
  [3600, '1 hour'],
] as const;

/** The label of its button names the two things that it is used for. */
const NAME = 'bad days · log';

/** The dialog of the server. */
export class ServerDialog {
  readonly element: HTMLDialogElement;
  readonly opener: HTMLElement;
  readonly #state = h('p', { role: 'status' });
  readonly #log = h('tbody', {});
  #status: Status | undefined;
  #shown = '';

  constructor() {
    const kind = h(
      'select',
      { 'aria-label': 'what' },
      KINDS.map(([value, label]) => h('option', { value }, label)),
    );
    const time = h(
      'select',
      { 'aria-label': 'how long' },
      TIMES.map(([value, label]) => h('option', { value }, label)),
    );
    const play = (): void => {
      void order('/bad-day', { kind: kind.value as BadDayKind, seconds: Number(time.value) });
    };
    const heads = ['time', 'after', 'request', 'status', 'events', 'size', 'what became of it'];
    this.element = h(
      'dialog',
      { 'aria-labelledby': 'server-title' },
      h('h2', { id: 'server-title' }, 'The server'),
      h('h3', {}, 'Play a bad day'),
      h(
        'div',
        { class: 'form inline' },
        kind,
        time,
        button('begin', play, { id: 'begin' }),
        button('end it now', () => void order('/bad-day', { kind: null })),
      ),
      this.#state,
      h('h3', {}, 'Requests'),
      h(
        'div',
        { class: 'log', tabindex: 0, role: 'region', 'aria-label': 'log of requests' },
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              heads.map((head) => h('th', { scope: 'col' }, head)),
            ),
          ),
          this.#log,
        ),
      ),
      h(
        'div',
        { class: 'form inline end' },
        button('close', () => this.element.close()),
      ),
    );
    this.opener = button(NAME, () => this.element.showModal(), { 'aria-haspopup': 'dialog' });
    setInterval(() => {
      this.#tellState();
      refreshTimes(this.#log);
    }, 1000);
  }

  update(status: Status, requests: readonly RequestRow[]): void {
    this.#status = status;
    this.#tellState();
    const shown = JSON.stringify(requests);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const rows = requests.map((request, index) => requestRow(request, requests[index - 1]));
    show(this.#log, rows.toReversed());
  }

  #tellState(): void {
    const day = this.#status?.badDay ?? null;
    const label = KINDS.find(([kind]) => kind === day?.kind)?.[1] ?? '';
    const left = Math.max(0, (day?.until ?? 0) - serverNow());
    this.#state.textContent =
      day === null ? 'All is well.' : `Until ${duration(left)} from now: ${label}.`;
    this.opener.textContent =
      day === null ? NAME : `bad day: ${day.kind}, ${Math.ceil(left / 1000)} s`;
    this.opener.classList.toggle('bad', day !== null);
  }
}

function requestRow(row: RequestRow, previous: RequestRow | undefined): HTMLElement {
  const { time, status, method, path, events, bytes, error, lost } = row;
  const gap = previous === undefined ? '' : `+${duration(time - previous.time)}`;
  const became = [error, ...lost].filter((each) => each !== undefined).join('; ');
  const iso = new Date(time).toISOString();
  return h(
    'tr',
    { class: status >= 400 || status === 0 || lost.length > 0 ? 'odd' : '' },
    h('td', {}, h('time', { datetime: iso, title: iso }, ago(time))),
    h('td', { class: 'number' }, gap),
    h('td', {}, `${method} ${path}`),
    h('td', { class: 'number' }, status === 0 ? '…' : status),
    h('td', { class: 'number' }, events ?? ''),
    h('td', { class: 'number' }, size(bytes)),
    h('td', {}, became || (status === 202 ? 'taken' : '')),
  );
}
