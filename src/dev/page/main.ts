// The page of `errsight dev`: which pane shows what, and what keys do.
import type { Change, EventView, RequestRow, Status } from '../shapes.ts';
import { follow, getView } from './api.ts';
import { byId, h, show } from './dom.ts';
import { emptyView, tellWhy } from './empty.ts';
import { eventView } from './event.ts';
import { Filters } from './filters.ts';
import { List } from './list.ts';
import { ServerDialog } from './server.ts';
import { SessionMenu } from './session.ts';
import { applyTheme, setFolder } from './settings.ts';
import { refreshTimes, setClock } from './when.ts';

const ADDRESS = /^\/(?:issues\/[^/]+|events\/\d+)$/;

let status: Status | undefined;
let requests: readonly RequestRow[] = [];
let view: EventView | undefined;
let stop = (): void => {};
/** The timer that opens the marked issue. It waits until the keys rest. */
let pending: number | undefined;

applyTheme();
const detail = byId('detail');
const list = new List((fingerprint) => go(`/issues/${fingerprint}`));
const filters = new Filters(listen);
const dialog = new ServerDialog();
const session = new SessionMenu();
const live = h('span', { id: 'live', role: 'status' }, 'connecting');
show(
  byId('top'),
  h('a', { class: 'brand', href: '/', onclick: (event) => home(event) }, 'errsight dev'),
  filters.element,
  live,
  dialog.opener,
  session.element,
);
document.body.append(dialog.element);
window.addEventListener('popstate', () => {
  filters.read();
  listen();
  void route();
});
document.addEventListener('keydown', onKey);
document.addEventListener('click', closeMenu);
document.addEventListener('visibilitychange', listen);
setInterval(() => {
  refreshTimes(detail);
  tellWhy(detail, requests);
}, 5000);
listen();
void route();

function home(event: Event): void {
  event.preventDefault();
  go('/');
}

/** Follows changes while the tab is seen: a browser has only six connections for all its tabs. */
function listen(): void {
  stop();
  if (document.hidden) return;
  stop = follow(filters.query, {
    onChange,
    onState: (isOpen) => {
      live.textContent = isOpen ? 'live' : 'reconnecting…';
      live.className = isOpen ? 'on' : '';
    },
  });
}

function onChange(change: Change): void {
  const isFirst = status === undefined;
  const wasEmpty = status === undefined || status.total === 0;
  ({ status, requests } = change);
  setClock(status.now);
  list.apply(change);
  if (change.facets !== null) filters.offer(change.facets);
  dialog.update(status, requests);
  session.update(status);
  if (view === undefined && (isFirst || wasEmpty !== (status.total === 0))) void route();
  else if (change.isWhole && status.total === 0 && view !== undefined) go('/');
  tellWhy(detail, requests);
  const own =
    view && change.issues.find(({ fingerprint }) => fingerprint === view?.event.fingerprint);
  if (own !== undefined && view !== undefined && own.lastId !== view.issue.lastId)
    tellNewer(own.count - view.issue.count);
}

/** Says beside the open event that there are newer ones. The event itself stays. */
function tellNewer(count: number): void {
  const nav = detail.querySelector('nav');
  if (nav === null || view === undefined) return;
  nav.querySelector('.newer')?.remove();
  const path = `/issues/${view.event.fingerprint}`;
  nav.append(
    h(
      'a',
      { class: 'newer', href: path, onclick: (event) => (event.preventDefault(), go(path)) },
      `${count} newer`,
    ),
  );
}

function go(path: string): void {
  clearTimeout(pending);
  if (location.pathname !== path) history.pushState(null, '', `${path}${location.search}`);
  void route(true);
}

/** Shows the issue or event in the address. */
async function route(isAsked = false): Promise<void> {
  const path = location.pathname.replace(/\/$/, '');
  const isEvent = ADDRESS.test(path);
  document.body.classList.toggle('has-event', isEvent);
  if (!isEvent) {
    view = undefined;
    list.select('');
    document.title = 'errsight dev';
    if (status === undefined) return;
    if (status.total === 0)
      show(
        detail,
        emptyView(status, () => session.test()),
      );
    else
      show(
        detail,
        h(
          'p',
          { class: 'hint' },
          'Choose an issue: ',
          h('kbd', {}, 'j'),
          ' ',
          h('kbd', {}, 'k'),
          ' ',
          h('kbd', {}, 'enter'),
          ', search with ',
          h('kbd', {}, '/'),
          ', back with ',
          h('kbd', {}, 'esc'),
          '.',
        ),
      );
    document.body.classList.toggle('is-empty', status.total === 0);
    tellWhy(detail, requests);
    return;
  }
  document.body.classList.remove('is-empty');
  const found = await getView(path);
  if (location.pathname.replace(/\/$/, '') !== path) return;
  view = found;
  if (found !== undefined) setFolder(found.root);
  if (found === undefined) {
    list.select('');
    show(detail, h('p', { class: 'hint' }, 'This event is not, or no longer, kept here.'));
    return;
  }
  document.title = `${found.event.message.slice(0, 60).split('\n', 1)[0] ?? ''} · errsight dev`;
  list.select(found.event.fingerprint);
  draw(found);
  detail.scrollTop = 0;
  if (isAsked && !document.activeElement?.closest('#list')) detail.focus({ preventScroll: true });
}

function draw(found: EventView): void {
  const back = h(
    'a',
    { class: 'to-list', href: `/${location.search}`, onclick: (event) => home(event) },
    '‹ issues',
  );
  const around = {
    status: () => status as Status,
    go,
    redraw: () => void route(),
  };
  show(detail, back, eventView(found, around));
}

/** Closes a menu with the next click, even if that is in the menu. */
function closeMenu({ target }: Event): void {
  const summary = target instanceof Element ? target.closest('.menu summary') : null;
  for (const menu of document.querySelectorAll<HTMLDetailsElement>('.menu[open]')) {
    if (summary?.parentElement !== menu) menu.open = false;
  }
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.element.open) return;
  const target = event.target as HTMLElement;
  const isTyping = target.matches('input, select, textarea');
  if (event.key === 'Escape') {
    if (event.isComposing) return;
    if (isTyping) leave(event, target);
    else go('/');
    return;
  }
  if (isTyping) {
    if (event.key === 'Enter' && target === filters.search) filters.search.blur();
    return;
  }
  const act = KEYS[event.key];
  if (act === undefined) return;
  if (act() !== false) event.preventDefault();
}

/** Leaves a field. A search is emptied first: the browser would empty it without an event. */
function leave(event: Event, target: HTMLElement): void {
  if (target instanceof HTMLInputElement && target.type === 'search' && target.value !== '') {
    event.preventDefault();
    target.value = '';
    target.dispatchEvent(new Event('input'));
  } else target.blur();
}

const KEYS: Readonly<Record<string, () => unknown>> = {
  j: () => move(1),
  k: () => move(-1),
  '/': () => {
    filters.search.focus();
    filters.search.select();
  },
  Enter: () => {
    if (document.activeElement !== document.body && document.activeElement !== detail) return false;
    if (list.selected !== '') go(`/issues/${list.selected}`);
    return true;
  },
  p: () => view?.previous != null && go(`/events/${view.previous}`),
  n: () => view?.next != null && go(`/events/${view.next}`),
  d: () => document.getElementById('differs')?.click(),
};

/** Marks the next issue at once, and opens it when the key rests. */
function move(by: number): void {
  const fingerprint = list.step(by);
  // If there is only one pane, the list stays until the issue is opened.
  if (fingerprint === undefined || !matchMedia('(min-width: 900px)').matches) return;
  clearTimeout(pending);
  pending = setTimeout(() => {
    history.replaceState(null, '', `/issues/${fingerprint}${location.search}`);
    void route();
  }, 60);
}
