// The list of issues. It makes only the rows in view and near it, since there may be thousands.
import type { Change, IssueRow } from '../shapes.ts';
import { byId, button, h, plural, show, svg } from './dom.ts';
import { splitTitle } from './values.ts';
import { refreshTimes, serverNow, timeOf } from './when.ts';

/** Height of a row in pixels, the same as in the stylesheet. */
const ROW = 60;
/** How many rows are made beyond each edge of the view. */
const MARGIN = 8;
/** How many milliseconds an issue counts as new. */
const NEW_MS = 5 * 60_000;

export class List {
  readonly #rows = new Map<string, IssueRow>();
  readonly #open: (fingerprint: string) => void;
  /** The issues in the order in which they are shown. It does not change while a person reads. */
  #order: string[] = [];
  #selected = '';
  /** The rows by fingerprint, with the data from which each was made. */
  #made = new Map<string, { readonly of: string; readonly element: HTMLElement }>();
  /** Whether a button is down. Rows stay meanwhile, so that a click ends where it began. */
  #isPressed = false;
  readonly #scroller = h('div', { class: 'scroll' });
  readonly #canvas = h('ul', { class: 'rows' });
  readonly #news = button('', () => this.#catchUp(), { class: 'news', hidden: true });
  readonly #count = h('span', { role: 'status' });

  constructor(open: (fingerprint: string) => void) {
    this.#open = open;
    this.#scroller.append(this.#canvas);
    show(byId('list'), h('h1', { class: 'count' }, this.#count), this.#news, this.#scroller);
    this.#scroller.addEventListener('scroll', () => this.#render(), { passive: true });
    this.#scroller.addEventListener('pointerdown', () => (this.#isPressed = true));
    for (const end of ['pointerup', 'pointercancel']) {
      window.addEventListener(end, () => setTimeout(() => this.#release()));
    }
    new ResizeObserver(() => this.#render()).observe(this.#scroller);
    setInterval(() => refreshTimes(this.#canvas), 5000);
  }

  get selected(): string {
    return this.#selected;
  }

  apply({ isWhole, issues, gone }: Change): void {
    if (isWhole) this.#rows.clear();
    for (const row of issues) this.#rows.set(row.fingerprint, row);
    for (const fingerprint of gone) this.#rows.delete(fingerprint);
    const known = new Set(this.#order);
    const isRead = this.#scroller.scrollTop > 4 || this.#scroller.matches(':hover, :focus-within');
    this.#order = this.#order.filter((fingerprint) => this.#rows.has(fingerprint));
    if (isWhole || !isRead || this.#order.length === 0) {
      this.#catchUp();
      return;
    }
    const fresh = [...this.#rows.keys()].filter((fingerprint) => !known.has(fingerprint)).length;
    this.#tell(fresh);
    this.#render();
  }

  /** Marks the issue that is open. */
  select(fingerprint: string): void {
    this.#selected = fingerprint;
    this.#render();
  }

  /** Brings the issue `by` rows after the open one into view and returns it. */
  step(by: number): string | undefined {
    const at = this.#order.indexOf(this.#selected);
    const next = at < 0 ? 0 : Math.min(this.#order.length - 1, Math.max(0, at + by));
    const fingerprint = this.#order[next];
    if (fingerprint === undefined) return undefined;
    const { scrollTop, clientHeight } = this.#scroller;
    const top = next * ROW;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    if (top + ROW > scrollTop + clientHeight) this.#scroller.scrollTop = top + ROW - clientHeight;
    this.select(fingerprint);
    return fingerprint;
  }

  #catchUp(): void {
    const rows = [...this.#rows.values()];
    rows.sort((one, other) => other.lastArrived - one.lastArrived || other.lastId - one.lastId);
    this.#order = rows.map(({ fingerprint }) => fingerprint);
    if (!this.#news.hidden) this.#scroller.scrollTop = 0;
    this.#tell(0);
    this.#render();
  }

  #tell(fresh: number): void {
    this.#news.hidden = fresh === 0;
    this.#news.textContent = `${fresh} new ↑`;
    this.#count.textContent = plural(this.#rows.size, 'issue');
  }

  #release(): void {
    if (!this.#isPressed) return;
    this.#isPressed = false;
    this.#render();
  }

  #render(): void {
    if (this.#isPressed) return;
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - MARGIN);
    const last = Math.min(this.#order.length, Math.ceil((scrollTop + clientHeight) / ROW) + MARGIN);
    const made = new Map<string, { of: string; element: HTMLElement }>();
    for (let index = first; index < last; index++) {
      const row = this.#rows.get(this.#order[index] ?? '');
      if (row === undefined) continue;
      const isSelected = row.fingerprint === this.#selected;
      const of = `${JSON.stringify(row)}${index} ${this.#order.length} ${isSelected}${location.search}`;
      const known = this.#made.get(row.fingerprint);
      made.set(row.fingerprint, known?.of === of ? known : { of, element: this.#row(row, index) });
    }
    this.#canvas.style.height = `${this.#order.length * ROW}px`;
    this.#replace(made);
  }

  /** Replaces the rows. A row with the focus keeps it. */
  #replace(made: Map<string, { readonly of: string; readonly element: HTMLElement }>): void {
    const focused = [...this.#made].find(([, { element }]) =>
      element.contains(document.activeElement),
    );
    const before = [...this.#made.values()].map(({ element }) => element);
    const after = [...made.values()].map(({ element }) => element);
    this.#made = made;
    if (before.length === after.length && before.every((element, at) => element === after[at]))
      return;
    show(this.#canvas, after);
    const again = made.get(focused?.[0] ?? '')?.element.firstElementChild;
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  }

  #row(row: IssueRow, index: number): HTMLElement {
    const { name, rest } = splitTitle(row.title);
    const isSelected = row.fingerprint === this.#selected;
    const item = h(
      'li',
      { class: `row ${row.level}`, 'aria-setsize': this.#order.length, 'aria-posinset': index + 1 },
      h(
        'a',
        {
          href: `/issues/${row.fingerprint}${location.search}`,
          'aria-current': isSelected ? 'true' : undefined,
          onclick: (event) => {
            if (isPlain(event as MouseEvent)) {
              event.preventDefault();
              this.#open(row.fingerprint);
            }
          },
        },
        h(
          'span',
          { class: 'line' },
          levelMark(row.level),
          h('b', { class: 'name' }, name === '' ? rest : name),
          marksOf(row),
          h('span', { class: 'number' }, row.count),
          sparkline(row.hour),
        ),
        h(
          'span',
          { class: 'line quiet' },
          h('span', { class: 'rest' }, name === '' ? row.environment : rest),
          timeOf(row.lastSeen),
        ),
      ),
    );
    item.style.top = `${index * ROW}px`;
    return item;
  }
}

/** Whether a click opens its link here and not in another tab. */
export function isPlain(event: MouseEvent): boolean {
  return !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0;
}

/** A level with its name, for people who can't see its colour. */
export function levelMark(level: string): HTMLElement {
  return h('span', { class: `level ${level}` }, level);
}

export function marksOf(row: IssueRow): HTMLElement[] {
  const marks = [
    row.isBack && 'back',
    !row.isBack && serverNow() - row.firstArrived < NEW_MS && 'new',
    row.isUnhandled && 'unhandled',
    row.isResolved && 'resolved',
    row.isMuted && 'muted',
  ];
  return marks
    .filter((mark) => mark !== false)
    .map((mark) => h('span', { class: `mark ${mark}` }, mark));
}

function sparkline(hour: readonly number[]): SVGElement {
  const most = Math.max(1, ...hour);
  const bars = hour.map((count, index) => {
    const height = count === 0 ? 1 : Math.max(3, Math.round((count / most) * 14));
    return svg('rect', { x: index * 4, y: 14 - height, width: 3, height });
  });
  const total = hour.reduce((sum, count) => sum + count, 0);
  const label = `${plural(total, 'event')} in the last hour`;
  return svg(
    'svg',
    { class: 'spark', viewBox: '0 0 48 14', role: 'img', 'aria-label': label },
    bars,
  );
}
