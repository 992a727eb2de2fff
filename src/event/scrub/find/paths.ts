import { eachMatch } from './each.ts';
import type { Finder } from './finder.ts';
import { isGibberish, isRandom, isThing } from './random.ts';
import { hasAll, SIGN } from './signs.ts';

/** Words of a path with a secret behind them: `/reset/x1y2`, `/verify-email/x1y2`. */
const LINK =
  /\/(?:(?:reset|forgot|recover|change)(?:[-_/]?(?:password|pw|email))?|password[-_]?reset|(?:verify|confirm)(?:[-_/]?(?:e?mail|account|link|user))?|verification|confirmation|activat(?:e|ion)|invit(?:e|es|ation|ations)|unsubscribe|magic(?:[-_]?link)?|opt-?in|shared?(?:\/\w{1,2})?|s\/share)\/([\w~-]{6,500})(?=[/?#\s"'`),\]]|$)/gi;
/** Tokens of Telegram's bots, of any length: `/bot123:ABC/sendMessage`. */
const BOT = /\/bot(\d{3,12}:[\w-]{3,100})(?=[/?#\s"'`),]|$)/g;
/** Slack's hooks, behind any host: `/services/T000/B000/x1`. */
const HOOK =
  /\/(?:services|hooks|workflows|triggers)(?:\/[A-Z\d]{3,14}){2}\/([\w-]{3,100})(?=[/?#\s"'`),]|$)/g;
/** A part of a path with so many letters and no dash is no word. */
const WORD = 20;

/** Secrets that are parts of paths. */
export const findPaths: Finder = (text, hide, _, signs) => {
  if (hasAll(signs, SIGN.slash | SIGN.colon) && text.includes('bot')) {
    eachMatch(BOT, text, ([, part = ''], end) => hide(end - part.length, end));
  }
  if ((signs & SIGN.link) === 0) return;
  eachMatch(LINK, text, ([, part = ''], end) => {
    const isLong = part.length >= WORD && !/[-_]/.test(part);
    if (isLong || isGibberish(part) || (isRandom(part, true) && !isThing(part)))
      hide(end - part.length, end);
  });
  eachMatch(HOOK, text, ([, part = ''], end) => hide(end - part.length, end));
};
