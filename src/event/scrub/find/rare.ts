import { findBoth } from './gaps.ts';
import { outsideFrames, type Finder, type Hide } from './finder.ts';
import { findSettings } from './settings.ts';
import { findTold } from './told.ts';

const FINDERS: readonly Finder[] = [findSettings, findBoth, findTold];

/** Secrets in forms that few texts have: settings, a user beside a secret, values that validators repeat. */
export const findRare: Finder = (text, hide, judge, signs) => {
  outsideFrames(text, (part, offset) => {
    const hideIn: Hide = (start, end) => hide(offset + start, offset + end);
    for (const find of FINDERS) find(part, hideIn, judge, signs);
  });
};
