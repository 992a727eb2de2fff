// The page shows texts of events, which may be hostile. All of them go through here, as text nodes.

type Child = Node | string | number | null | undefined | false;
export type Children = readonly (Child | readonly Child[])[];
type Listener = (event: Event) => void;
/** Attributes, and listeners under `on…`. One that is false or undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined | Listener>>;

/** Control characters, and marks that turn the direction of writing. They would make a text look like another one. */
const UNSAFE =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

/** No script puts so many marks on one letter. They would cover other lines. */
const STACK = /(\p{M}{8})(\p{M}+)/gu;

/** A text that is safe to show: characters that can't be seen are written as escapes. */
export function visible(text: string): string {
  return text
    .replace(STACK, (_whole, kept: string, rest: string) => `${kept}…(${rest.length} marks)`)
    .replaceAll(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .toWellFormed();
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Children
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag: string, attributes: Attributes = {}, ...children: Children): SVGElement {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill<T extends Element>(element: T, attributes: Attributes, children: Children): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : visible(String(value)));
  }
  element.append(...nodesOf(children));
  return element;
}

function nodesOf(children: Children): (Node | string)[] {
  return children.flat().flatMap((child) => {
    if (child === null || child === undefined || child === false) return [];
    return [child instanceof Node ? child : visible(String(child))];
  });
}

/** Replaces the content of an element. */
export function show(element: Element, ...children: Children): void {
  element.replaceChildren(...nodesOf(children));
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no #${id}`);
  return element;
}

export function button(
  label: string,
  act: (event: Event) => void,
  attributes: Attributes = {},
): HTMLElement {
  return h('button', { type: 'button', onclick: act, ...attributes }, label);
}

/** How many characters of a value are shown at first. */
const SHORT = 600;

/** A text that folds if it is long. */
export function long(text: string): HTMLElement {
  if (text.length <= SHORT) return h('span', {}, text);
  const whole = h('span', {}, `${text.slice(0, SHORT).toWellFormed()}… `);
  const more = button(`show all ${size(text.length)}`, () => show(whole, text));
  whole.append(more);
  return whole;
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${Math.round(bytes / 1e6)} MB`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
