import { findBoth } from './gaps.ts';
import { outsideFrames, type Finder, type Hide } from './finder.ts';
import { findSettings } from './settings.ts';
import { SIGN } from './signs.ts';
import { findTold } from './told.ts';

/** Signs of the forms of each finder. One pattern for all of them takes 0.2 µs for a message. */
const SIGNS: readonly (readonly [signs: RegExp, find: Finder])[] = [
  [
    /ENV |passwd -|signtool|ConvertTo-|ARG |setenv|set -|(?:config|secrets?|env|variables?) set |ogin|LOGIN|PASS |AUTH |AUTH" |auth" |" \{|:(?:5432|6432|6543|\*):|:: |auth(?:token|:)/,
    findSettings,
  ],
  [/redential|[cC]reds|ogin|[yY]our |link|Link|URL|url|crypt|ipher|AES|aes|HMAC|hmac/, findBoth],
  [/alue|received|\bgot /, findTold],
];

/** Secrets in forms that few texts have: settings, a user beside a secret, values that validators repeat. */
export const findRare: Finder = (text, hide, judge, signs) => {
  if ((signs & SIGN.rare) === 0) return;
  const finders = SIGNS.filter(([pattern]) => pattern.test(text));
  if (finders.length === 0) return;
  outsideFrames(text, (part, offset) => {
    const hideIn: Hide = (start, end) => hide(offset + start, offset + end);
    for (const [, find] of finders) find(part, hideIn, judge, signs);
  });
};
