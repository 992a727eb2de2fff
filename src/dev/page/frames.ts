// Frames with their source. Those of the application are open, those of libraries are folded.
import { coloured } from './colour.ts';
import { h, plural, type Children } from './dom.ts';
import { notesAt, type Notes } from './notes.ts';
import { editorLink } from './settings.ts';
import type { Frame } from './values.ts';

export function framesView(frames: readonly Frame[], notes: Notes): HTMLElement[] {
  const views: HTMLElement[] = [];
  const firstOwn = frames.findIndex((frame) => frame.isOwn);
  const opened = firstOwn < 0 ? 0 : firstOwn;
  for (let at = 0; at < frames.length;) {
    const end = endOfRun(frames, at);
    const run = frames.slice(at, end);
    // The first frame is never folded, even if all frames are of libraries.
    if (frames[at]?.isOwn === true || (firstOwn < 0 && at === 0)) {
      views.push(...run.slice(0, 1).map((frame) => frameView(frame, at === opened, notes)));
      at += 1;
      continue;
    }
    views.push(foldedView(run, notes));
    at = end;
  }
  return views;
}

function endOfRun(frames: readonly Frame[], start: number): number {
  let end = start + 1;
  while (end < frames.length && frames[end]?.isOwn === frames[start]?.isOwn) end++;
  return end;
}

function frameView(frame: Frame, isOpen: boolean, notes: Notes): HTMLElement {
  const own = notesAt(notes, `metadata.exception_frames[${frame.index}]`);
  const head: Children = [
    h('span', { class: 'quiet' }, 'at '),
    h('span', { class: 'place' }, placeOf(frame)),
    frame.name !== '' && h('span', { class: 'quiet' }, ` in ${frame.name}`),
  ];
  const link = openLink(frame);
  if (frame.code.trim() === '' || frame.line <= 0) {
    return h('div', { class: 'frame' }, h('div', { class: 'at' }, ...head, link), own);
  }
  return h(
    'details',
    { class: 'frame', open: isOpen },
    h('summary', { class: 'at' }, ...head),
    link,
    source(frame),
    own,
  );
}

function openLink({ file, line, column, isOwn }: Frame): HTMLElement | null {
  const href = isOwn ? editorLink(file, line, column) : undefined;
  if (href === undefined) return null;
  return h(
    'a',
    { class: 'edit', href, 'aria-label': `open in editor: ${file}:${line}` },
    'open in editor',
  );
}

export function placeOf({ file, line }: Frame): string {
  return line > 0 ? `${file}:${line}` : file;
}

function source({ before, code, after, line }: Frame): HTMLElement {
  const first = line - before.length;
  const lines = [...before, code, ...after].map((each, index) => {
    const number = first + index;
    return h(
      'span',
      { class: number === line ? 'src hit' : 'src' },
      h('span', { class: 'no' }, `${number === line ? '▸' : ' '}${String(number).padStart(5)} `),
      h('code', {}, coloured(each.replaceAll('\t', '  '), 'js')),
      '\n',
    );
  });
  return h('pre', { tabindex: 0, 'aria-label': 'source' }, lines);
}

function foldedView(run: readonly Frame[], notes: Notes): HTMLElement {
  const names = [...new Set(run.map(({ file }) => library(file)))];
  const some = names.slice(0, 4).join(', ') + (names.length > 4 ? ', …' : '');
  return h(
    'details',
    { class: 'folded' },
    h('summary', {}, `${plural(run.length, 'frame')} of ${some}`),
    run.map((frame) => frameView(frame, false, notes)),
  );
}

function library(file: string): string {
  const name = /(?:^|\/)node_modules\/(?!.*\/node_modules\/)((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  return name ?? (file.startsWith('node:') ? 'Node' : (file.split('/').at(-1) ?? file));
}
