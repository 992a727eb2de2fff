// Times in the form that people read, with the exact time as a title.
import { h } from './dom.ts';

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** How far the server's clock is ahead of ours, in milliseconds. */
let ahead = 0;
export function setClock(now: number): void {
  ahead = now - Date.now();
}

export function serverNow(): number {
  return Date.now() + ahead;
}

export function ago(time: number): string {
  const past = serverNow() - time;
  const unit = UNITS.find(([length]) => past >= length);
  if (unit === undefined || past < 5000) return 'now';
  return `${Math.floor(past / unit[0])} ${unit[1]}`;
}

export function timeOf(iso: string): HTMLElement {
  return h('time', { datetime: iso, title: iso }, ago(Date.parse(iso)));
}

/** The same in a sentence: a time alone would be read as a duration. */
export function timeAgo(iso: string): HTMLElement {
  return h('time', { datetime: iso, title: iso, class: 'ago' }, withAgo(Date.parse(iso)));
}

function withAgo(time: number): string {
  const past = ago(time);
  return past === 'now' ? past : `${past} ago`;
}

/** Brings the times in an element up to date. */
export function refreshTimes(root: Element): void {
  for (const element of root.querySelectorAll('time')) {
    const time = Date.parse(element.dateTime);
    const now = element.classList.contains('ago') ? withAgo(time) : ago(time);
    if (element.textContent !== now) element.textContent = now;
  }
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms / 60_000)} min`;
}
