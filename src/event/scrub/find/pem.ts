import type { Finder } from './finder.ts';

/** What keys and certificates are between, as text: RFC 7468, and PGP's by RFC 9580. */
const BEGIN = '-----BEGIN ';
const END = '-----END ';
const CLOSE = '-----';

/** Keys and certificates, with line ends of any form; to the end of the text where one is cut. */
export const findPem: Finder = (text, hide) => {
  let start = text.indexOf(BEGIN);
  while (start !== -1) {
    const end = text.indexOf(END, start);
    const close = end === -1 ? -1 : text.indexOf(CLOSE, end + END.length);
    const stop = close === -1 ? text.length : close + CLOSE.length;
    hide(start, stop);
    start = text.indexOf(BEGIN, stop);
  }
};
