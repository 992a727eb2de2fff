/** Rules for the options that are texts. */
import { URL } from 'node:url';
import { hasControls, NOTHING, trimVariable, type TextRule } from './reader.ts';

/** Characters of an environment's name. */
export const ENVIRONMENT = 200;
/** Characters of a release. ErrSight keeps so many. */
export const RELEASE = 120;

/** What people copy along with a key: the header that carries it. */
const HEADER = /^(?:authorization:\s*)?bearer\s+/i;

/** The key in a text that somebody has copied. */
export function tidyKey(text: string): string {
  return trimVariable(trimVariable(text).replace(HEADER, ''));
}

export const API_KEY: TextRule = {
  expected: 'an ErrSight write key (`elp_…`, not a read key `elr_…`)',
  // The server decides which keys are good. This refuses only what can never be one: a read key,
  // and what an HTTP header cannot carry.
  test: (text) =>
    /^[\u0021-\u007e]{1,200}$/.test(text) && !text.startsWith('elr_') && !NOTHING.has(text),
  tidy: tidyKey,
  secret: () => true,
  fault: (text) => (/\s/.test(text) ? 'it has a blank within' : undefined),
};

/**
 * What people copy along with a host: the path of the API, and slashes. A path before it belongs to
 * the server.
 */
const ENDPOINT = /(?:\/+api\/+v1(?:\/+events)?)?\/*$/i;

export const HOST: TextRule = {
  expected: 'an http: or https: URL without user, query and fragment',
  // The value is not shown if it holds a password.
  secret: (text) => text.includes('@'),
  tidy: (text) => trimVariable(text).replace(ENDPOINT, ''),
  fault: (text) =>
    isSchemeless(text) ? '`http://` or `https://` is missing before it' : undefined,
  test: (text) => {
    // A URL's parser leaves line ends out, so that two lines make one name.
    if (hasControls(text) || !URL.canParse(text)) return false;
    const url = new URL(text);
    const plain =
      url.username === '' && url.password === '' && url.search === '' && url.hash === '';
    return plain && (url.protocol === 'https:' || url.protocol === 'http:');
  },
};

/** Whether a text is a server's name: that of this machine, one with a dot, or one with a port. */
function isSchemeless(text: string): boolean {
  if (text.includes('://') || !HOST.test(`http://${text}`)) return false;
  const { hostname } = new URL(`http://${text}`);
  return hostname === 'localhost' || hostname.includes('.') || /:\d/.test(text);
}

export const NESTED_KEY: TextRule = { expected: 'a string', test: () => true };

export function folder(max: number): TextRule {
  return { ...shortText(max), expected: `a folder's path of 1 to ${max} characters` };
}

export function shortText(max: number): TextRule {
  return {
    expected: `a text of 1 to ${max} characters`,
    test: (text) => text.trim() !== '' && text.length <= max,
  };
}
