/** Words that make a code behind them one that logs in. The variables of GraphQL have names of the user's own. */
const OTP = /\b(?:(?:otp|totp|2fa|mfa|verification|one-time)\b|variables["']?[:=] ?\{)/i;
/** The same behind a code: `code 123456 to sign in`. */
const FOR_LOGIN =
  /^(?: is|:|=)? ?["']?\d{4,8}["']?,? (?:(?:to|and|for) (?:sign|log|verif|confirm|activat|authenticat)|(?:was )?sent (?:to|by|via)\b)/i;
const BEHIND = 50;
const OTHERS = /\b(?:error|status|exit|response)\b/i;
const CODE = /(?:^|\W)code$/i;
/** How many UTF-16 units in front of the code they may stand. */
const BEFORE = 60;

/** Whether `name`, which ends at `end`, is the code of a sentence about a login: `otp was wrong: code x1y2z3`. */
export function isOfOtp(text: string, name: string, end: number): boolean {
  if (!CODE.test(name) || OTHERS.test(name)) return false;
  const near = text.slice(Math.max(0, end - BEFORE), end);
  if (OTP.test(near.slice(near.lastIndexOf('\n') + 1))) return true;
  return FOR_LOGIN.test(text.slice(end, end + BEHIND));
}
