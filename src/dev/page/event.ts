// An event, in the order of a person's questions: what, where, why, what led to it, who, everything else.
import type { EventView, Status } from '../shapes.ts';
import { getView, order } from './api.ts';
import { copy, copyButton } from './clipboard.ts';
import { asCurl, asMarkdown, asPrompt } from './copy.ts';
import { diffView } from './diff.ts';
import { button, h, long, plural, show, size, type Children } from './dom.ts';
import { framesView } from './frames.ts';
import { isPlain, levelMark, marksOf } from './list.ts';
import { filteredView, notesAt, notesOf, otherNotes, type Notes } from './notes.ts';
import { editorSetting } from './settings.ts';
import { trailView } from './trail.ts';
import { searchable, tree } from './tree.ts';
import { framesOf, isBag, list, partsOf, splitTitle, text, type Bag } from './values.ts';
import { timeAgo } from './when.ts';

/** The most frames and causes that are shown. The JSON has all of them. */
const MOST = 300;

export interface Around {
  readonly status: () => Status;
  /** Opens another address of the page. */
  readonly go: (path: string) => void;
  readonly redraw: () => void;
}

export function eventView(view: EventView, around: Around): HTMLElement {
  const { event } = view;
  const notes = notesOf(view);
  const frames = framesOf(event.metadata);
  const where =
    frames.length > 0
      ? [...framesView(frames.slice(0, MOST), notes), ...more(frames.length - MOST, 'frame')]
      : event.backtrace.trim() !== '' && [
          h('pre', { tabindex: 0, 'aria-label': 'backtrace' }, long(event.backtrace)),
          ...notesAt(notes, 'backtrace'),
        ];
  return h(
    'article',
    { class: event.level },
    heading(view, notes, around),
    h('div', { class: 'where' }, where, notesAt(notes, 'metadata.exception_frames')),
    causes(event.metadata, notes),
    event.breadcrumbs.length > 0 && section('Trail', trailView(event, notes)),
    notesAt(notes, 'breadcrumbs'),
    section('Request · User · Tags · Metadata', values(view, notes)),
    sameRequest(view, around),
    section('Grouped by', grouping(view, notes)),
    section(`Filtered ${view.filtered.length}`, filteredView(notes)),
    others(notes),
    sentView(view),
    folded('Settings of the editor', editorSetting(around.redraw)),
  );
}

function more(count: number, noun: string): HTMLElement[] {
  return count <= 0
    ? []
    : [h('p', { class: 'quiet' }, `… ${plural(count, noun)} more, in the JSON below`)];
}

function section(title: string, ...content: Children): HTMLElement {
  return h('section', { 'aria-label': title }, h('h2', {}, title), ...content);
}

function folded(title: string, ...content: Children): HTMLElement {
  return h('details', { class: 'section' }, h('summary', {}, title), ...content);
}

function heading(view: EventView, notes: Notes, around: Around): HTMLElement {
  const { event, issue } = view;
  const { name, rest } = splitTitle(event.message);
  const facts: Children = [
    levelMark(event.level),
    marksOf(issue),
    named('env', event.environment),
    event.release !== null && named('release', event.release),
    text(event.metadata['hostname']) !== '' && named('host', text(event.metadata['hostname'])),
    h('span', {}, plural(issue.count, 'event')),
    issue.users > 0 && h('span', {}, plural(issue.users, 'user')),
    h('span', {}, 'first ', timeAgo(issue.firstSeen)),
    h('span', {}, 'this ', timeAgo(event.occurred_at)),
    h('span', { title: event.fingerprint }, `issue ${event.fingerprint.slice(0, 8)}`),
  ];
  return h(
    'header',
    {},
    h('h1', {}, name !== '' && h('b', {}, `${name}: `), long(rest)),
    notesAt(notes, 'message'),
    h('p', { class: 'facts' }, facts.flat()),
    ['level', 'environment', 'release', 'timestamp', 'occurred_at'].flatMap((field) =>
      notesAt(notes, field),
    ),
    h('div', { class: 'bar' }, siblings(view, around), actions(view, around)),
    h('div', { id: 'diff' }),
  );
}

/** A value with its name, for a value that does not explain itself. */
function named(name: string, value: string): HTMLElement {
  return h('span', { title: value }, h('span', { class: 'of' }, `${name} `), value);
}

function siblings(view: EventView, around: Around): HTMLElement {
  const link = (id: number | null, label: string, key: string): HTMLElement =>
    id === null
      ? h('span', { class: 'quiet' }, label)
      : h(
          'a',
          {
            href: `/events/${id}${location.search}`,
            'aria-keyshortcuts': key,
            onclick: opening(`/events/${id}`, around),
          },
          label,
        );
  return h(
    'nav',
    { 'aria-label': 'events of the issue' },
    link(view.previous, '‹ previous', 'p'),
    h('span', { class: 'number' }, ` ${view.place} of ${view.kept} `),
    link(view.next, 'next ›', 'n'),
    view.previous !== null &&
      button('what differs', () => void showDiff(view), {
        'aria-keyshortcuts': 'd',
        title: 'from the previous event of the issue',
        id: 'differs',
      }),
  );
}

function opening(path: string, around: Around): (event: Event) => void {
  return (event) => {
    if (!isPlain(event as MouseEvent)) return;
    event.preventDefault();
    around.go(path);
  };
}

async function showDiff(view: EventView): Promise<void> {
  const before = await getView(`/events/${view.previous}`);
  const place = document.getElementById('diff');
  if (place === null) return;
  if (before === undefined)
    show(place, h('p', { class: 'quiet' }, 'The previous event is no longer kept.'));
  else
    show(place, h('h2', {}, `Since event ${before.event.id}`), diffView(before.event, view.event));
}

function actions(view: EventView, around: Around): HTMLElement {
  const { issue } = view;
  const act = (what: { resolved: boolean } | { muted: boolean }): void => {
    void order(`/issues/${issue.fingerprint}`, what).then(around.redraw);
  };
  return h(
    'div',
    { class: 'actions' },
    button(issue.isResolved ? 'reopen' : 'resolve', () => act({ resolved: !issue.isResolved })),
    button(issue.isMuted ? 'unmute' : 'mute', () => act({ muted: !issue.isMuted })),
    h(
      'details',
      { class: 'menu' },
      h('summary', {}, 'copy'),
      h(
        'div',
        {},
        copyButton('Markdown', () => asMarkdown(view)),
        copyButton('fix prompt', () => asPrompt(view)),
        copyButton('JSON', () => view.sent),
        copyButton('curl', () => asCurl(view, around.status())),
        button('link', () => void copy(`${location.origin}/events/${view.event.id}`, 'link')),
      ),
    ),
  );
}

function causes(metadata: Bag, notes: Notes): HTMLElement[] {
  const all = list(metadata['exception_causes']);
  const views = all.slice(0, MOST).map((cause, index) => {
    const path = `metadata.exception_causes[${index}]`;
    const bag: Bag = isBag(cause) ? cause : { message: text(cause) };
    const title = [bag['class'], bag['message']].map(text).filter(Boolean).join(': ');
    const rest = Object.entries(bag).filter(
      ([key]) => !['class', 'message', 'backtrace'].includes(key),
    );
    const trace = text(bag['backtrace']);
    const head: Children = [h('span', { class: 'quiet' }, 'caused by '), h('b', {}, long(title))];
    if (trace === '' && rest.length === 0)
      return h('div', { class: 'cause' }, ...head, notesAt(notes, path));
    return h(
      'details',
      { class: 'cause' },
      h('summary', {}, ...head),
      rest.length > 0 && tree(Object.fromEntries(rest), path, notes),
      trace !== '' && h('pre', { tabindex: 0, 'aria-label': 'frames of the cause' }, long(trace)),
      notesAt(notes, path),
    );
  });
  return [
    ...views,
    ...more(all.length - MOST, 'cause'),
    ...notesAt(notes, 'metadata.exception_causes'),
  ];
}

function values({ event }: EventView, notes: Notes): HTMLElement {
  const { request, other } = partsOf(event.metadata);
  return searchable(
    [
      ['Request', request, 'metadata'],
      ['User', event.user_context, 'user'],
      ['Tags', event.tags, 'tags'],
      ['Metadata', other, 'metadata'],
    ],
    notes,
  );
}

function sameRequest({ sameRequest: all }: EventView, around: Around): HTMLElement | null {
  if (all.length === 0) return null;
  const items = all.map(({ id, level, title }) =>
    h(
      'li',
      {},
      levelMark(level),
      ' ',
      h('a', { href: `/events/${id}`, onclick: opening(`/events/${id}`, around) }, title),
    ),
  );
  return section('Same request', h('ul', { class: 'same' }, items));
}

function grouping(
  { grouping: { rule, parts, splits }, event }: EventView,
  notes: Notes,
): HTMLElement {
  const rows = parts.map(({ name, value }) =>
    h(
      'div',
      {},
      h('dt', {}, name),
      h('dd', {}, value === '' ? h('span', { class: 'quiet' }, 'none') : long(value)),
    ),
  );
  return h(
    'div',
    {},
    h('p', {}, rule),
    h(
      'dl',
      { class: 'tree' },
      rows,
      h('div', {}, h('dt', {}, 'fingerprint'), h('dd', {}, h('code', {}, event.fingerprint))),
    ),
    h('p', { class: 'quiet' }, h('b', {}, 'What would split it: '), splits),
    notesAt(notes, 'fingerprint'),
    notesAt(notes, 'backtrace'),
  );
}

function others(notes: Notes): HTMLElement | null {
  const rest = otherNotes(notes);
  return rest.length === 0 ? null : section('Not kept by ErrSight', rest);
}

function sentView({ sent }: EventView): HTMLElement {
  const pre = h('pre', { tabindex: 0, class: 'json', 'aria-label': 'JSON' });
  const details = folded(`JSON as sent, ${size(sent.length)}`, pre);
  details.addEventListener('toggle', () => {
    if (pre.childNodes.length === 0) pre.append(long(sent));
  });
  return details;
}
