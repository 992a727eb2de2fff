// Search and filters. They are in the page's address, so a link or a reload shows the same.
import type { Facets } from '../shapes.ts';
import { h, show } from './dom.ts';

const LEVELS = ['fatal', 'error', 'warning', 'info', 'debug'];
const STATES = ['open', 'resolved', 'muted', 'all'];
/** Milliseconds without a key before a search begins. */
const PAUSE_MS = 150;

export class Filters {
  readonly element: HTMLElement;
  readonly search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'search: words, level:error, tag:value',
    title:
      'Words in any order, "a phrase", and level: env: release: user: or the name of a tag with a value',
    'aria-label': 'search',
    'aria-keyshortcuts': '/',
  });
  readonly #selects: Readonly<Record<string, HTMLSelectElement>>;
  readonly #changed: () => void;
  #timer: number | undefined;
  #facets: Facets | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
    const make = (name: string): HTMLSelectElement =>
      h('select', {
        name,
        'aria-label': name,
        onchange: () => this.#write(),
        onblur: () => this.#offer(name),
      });
    this.#selects = Object.fromEntries(
      ['level', 'env', 'release', 'tag', 'state'].map((name) => [name, make(name)]),
    );
    this.search.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#write(), PAUSE_MS);
    });
    this.element = h('search', {}, this.search, Object.values(this.#selects));
    this.read();
  }

  /** The query of the address. */
  get query(): string {
    return location.search.replace(/^\?/, '');
  }

  get isUsed(): boolean {
    return this.query !== '';
  }

  /** Takes the search and the filters from the address. */
  read(): void {
    const query = new URLSearchParams(location.search);
    if (document.activeElement !== this.search) this.search.value = query.get('q') ?? '';
    this.#fill('level', LEVELS);
    this.#fill('state', STATES);
    for (const name of ['env', 'release', 'tag']) this.#fill(name, this.#offered(name));
  }

  offer(facets: Facets): void {
    this.#facets = facets;
    for (const name of ['env', 'release', 'tag']) this.#offer(name);
  }

  /** Fills a list of choices. A list that is open stays as it is until the person is done. */
  #offer(name: string): void {
    const values = this.#facets?.[name as keyof Facets];
    if (values !== undefined && document.activeElement !== this.#selects[name]) {
      this.#fill(name, values);
    }
  }

  #offered(name: string): string[] {
    return [...(this.#selects[name]?.options ?? [])].map(({ value }) => value).filter(Boolean);
  }

  #fill(name: string, values: readonly string[]): void {
    const select = this.#selects[name];
    if (select === undefined) return;
    const chosen = new URLSearchParams(location.search).get(name) ?? '';
    const all = chosen === '' || values.includes(chosen) ? values : [chosen, ...values];
    const options = all.map((value) => {
      const label = value.length > 60 ? `${value.slice(0, 59).toWellFormed()}…` : value;
      const option = h('option', { selected: value === chosen }, label);
      // It is no attribute, since it is compared, and an attribute would get escapes.
      option.value = value;
      return option;
    });
    const isState = name === 'state';
    show(select, !isState && h('option', { value: '' }, name), options);
    select.classList.toggle('on', chosen !== '');
  }

  #write(): void {
    const query = new URLSearchParams();
    const q = this.search.value.trim();
    if (q !== '') query.set('q', q);
    for (const [name, select] of Object.entries(this.#selects)) {
      if (select.value !== '' && !(name === 'state' && select.value === 'open'))
        query.set(name, select.value);
      select.classList.toggle('on', query.has(name));
    }
    const text = query.toString();
    history.replaceState(null, '', `${location.pathname}${text === '' ? '' : `?${text}`}`);
    this.#changed();
  }
}
