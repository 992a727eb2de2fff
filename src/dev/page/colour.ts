// Colours source, SQL and JSON in one pass, token by token, so the time grows only with the length of a text.
import { h } from './dom.ts';

const JS =
  'async await break case catch class const continue default delete do else export extends finally for from function if import in instanceof interface let new null of return static super switch this throw true try type typeof undefined var void while yield false';
const SQL =
  'select from where and or not in is null insert into values update set delete join left right inner outer on group by order limit offset having as distinct union all case when then else end begin commit rollback returning';

const WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  js: new Set(JS.split(' ')),
  sql: new Set(SQL.split(' ')),
};

/** A line longer than this is shown without colours. */
const MAX = 5000;
const WORD = /[\w$]+/y;

export type Language = 'js' | 'sql';

export function coloured(code: string, language: Language): (Node | string)[] {
  if (code.length > MAX) return [code];
  const parts: (Node | string)[] = [];
  let plain = '';
  const add = (kind: string, token: string): void => {
    if (plain !== '') parts.push(plain);
    plain = '';
    parts.push(h('i', { class: kind }, token));
  };
  for (let at = 0; at < code.length;) {
    const token = tokenAt(code, at, language);
    const kind = kindOf(token, language);
    if (kind === '') plain += token;
    else add(kind, token);
    at += token.length;
  }
  if (plain !== '') parts.push(plain);
  return parts;
}

function tokenAt(code: string, at: number, language: Language): string {
  const first = code.charAt(at);
  const two = code.slice(at, at + 2);
  if (two === (language === 'js' ? '//' : '--')) return code.slice(at);
  if (two === '/*') return code.slice(at, endAfter(code, '*/', at + 2));
  if (`"'\``.includes(first)) return code.slice(at, endOfQuote(code, at, first));
  WORD.lastIndex = at;
  return WORD.exec(code)?.[0] ?? first;
}

function endAfter(code: string, mark: string, from: number): number {
  const end = code.indexOf(mark, from);
  return end < 0 ? code.length : end + mark.length;
}

function endOfQuote(code: string, start: number, quote: string): number {
  for (let at = start + 1; at < code.length; at++) {
    if (code.charAt(at) === '\\') at++;
    else if (code.charAt(at) === quote) return at + 1;
  }
  return code.length;
}

function kindOf(token: string, language: Language): string {
  if (/^(?:\/\/|--|\/\*)/.test(token)) return 'c';
  if (/^["'`]/.test(token)) return 's';
  if (/^\d/.test(token)) return 'n';
  const word = language === 'sql' ? token.toLowerCase() : token;
  return WORDS[language]?.has(word) === true ? 'k' : '';
}
