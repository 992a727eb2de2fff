import { isSpoken } from './prose.ts';
import type { Finder } from './finder.ts';
import { hasRun, tableOf } from './runs.ts';

/**
 * Secrets that are known by their own form, wherever they stand. Each is bounded, and begins with what
 * no other text begins with. The documents that say so:
 */
const TOKENS: readonly RegExp[] = [
  // JSON Web Tokens, signed or encrypted: RFC 7519, RFC 7516. The first part is `{"` in base64url.
  /\beyJ[\w-]{5,4000}(?:\.[\w-]{0,8000}){2,4}/g,
  // AWS access key ids: docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g,
  // GitHub: github.blog/2021-04-05-behind-githubs-new-authentication-token-formats
  /\b(?:gh[pousr]_[A-Za-z\d]{36,255}|github_pat_\w{22,255})/g,
  // GitLab: docs.gitlab.com/ee/security/tokens
  /\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas)-[\w-]{20,255}/g,
  // Stripe, and the secrets of its webhooks: docs.stripe.com/keys, docs.stripe.com/webhooks
  /\b(?:[sr]k_(?:live|test)_[A-Za-z\d]{10,255}|whsec_[A-Za-z\d+/=]{16,255})/g,
  // Slack: api.slack.com/concepts/token-types, api.slack.com/messaging/webhooks
  /\bxox[a-z]-[\w-]{10,255}|\bxapp-\d-[\w-]{10,255}/g,
  // Google: cloud.google.com/docs/authentication/api-keys; OAuth: developers.google.com/identity
  /\bAIza[\w-]{35}|\bya29\.[\w-]{20,2000}|\bGOCSPX-[\w-]{20,255}|\b1\/\/0[\w-]{30,255}/g,
  // npm: github.blog/2021-09-23-announcing-npms-new-access-token-format; PyPI: pypi.org/help/#apitoken
  /\bnpm_[A-Za-z\d]{36}|\bpypi-[\w-]{50,2000}/g,
  // Telegram's bots: core.telegram.org/bots/api#authorizing-your-bot
  /(?<!\d)\d{8,10}:[A-Za-z\d_-]{35}(?![\w-])/g,
  // OpenAI and Anthropic: platform.openai.com/docs/api-reference/authentication, docs.anthropic.com
  /\bsk-(?:(?:proj|svcacct|admin|ant|or)-)?[\w-]{20,400}/g,
  // Twilio, SendGrid: www.twilio.com/docs/iam/api-keys, www.twilio.com/docs/sendgrid
  /\bSK[\da-f]{32}\b|\bSG\.[\w-]{16,40}\.[\w-]{16,80}/g,
  // Shopify, Square: shopify.dev/docs/apps/auth, developer.squareup.com/docs/build-basics/access-tokens
  /\bshp(?:at|ss|ca|pa|tka)_[\da-fA-F]{32}|\bsq0(?:atp|csp)-[\w-]{22,60}/g,
  // DigitalOcean, Hugging Face, Databricks: each one's page on its tokens
  /\bdo[opr]_v1_[\da-f]{64}|\bhf_[A-Za-z]{30,60}|\bdapi[\da-f]{32}\b/g,
  // HashiCorp Vault: developer.hashicorp.com/vault/docs/concepts/tokens
  /\bhv[sbr]\.[\w-]{20,400}/g,
  // Atlassian, Linear, Notion, Figma, Postman, Sentry, New Relic, Doppler: likewise
  /\bATATT3[\w=-]{20,400}|\blin_api_[A-Za-z\d]{20,80}|\bntn_[A-Za-z\d]{30,80}|\bfig[dou]_[\w-]{20,80}/g,
  /\bPMAK-[\w-]{20,80}|\bsntry[su]_[\w=+/-]{20,400}|\bNRAK-[A-Z\d]{20,40}|\bdp\.(?:pt|st|ct)\.[\w.-]{20,80}/g,
  // Discord's bots: discord.com/developers/docs/reference#authentication
  /\b[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,40}/g,
  // ErrSight's own
  /\bel[pr]_[\da-f]{48}/g,
];

/** Each has at least so many of these in a row. */
const TOKEN = 15;
const TOKEN_UNITS = tableOf(/[\w-]/);

/** What one of them begins with: one look for all. */
const BEGINNING =
  /eyJ|A[KSBC][IC]A|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|k_(?:live|test)_|whsec_|xox[a-z]-|xapp-|AIza|ya29\.|GOCSPX-|1\/\/0|npm_|pypi-|\d:[A-Za-z\d_-]{35}|sk-|SK[\da-f]{8}|SG\.|shp|sq0|do[opr]_v1|hf_|dapi|hv[sbr]\.|ATATT|lin_api|ntn_|fig[dou]_|PMAK-|sntry|NRAK-|dp\.|\.[\w-]{6}\.[\w-]{27}|el[pr]_/;

/** Paths in which a secret stands: those of incoming webhooks, and of Telegram's bots. */
const PATHS =
  /\b(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/|outlook\.office\.com\/webhook\/|webhook\.office\.com\/webhookb2\/|api\.telegram\.org\/bot|hooks\.zapier\.com\/hooks\/catch\/|maker\.ifttt\.com\/trigger\/)([^\s"'<>?#\\)]{1,400})/g;
const HOSTS = ['hooks.', 'discord', 'office.com', 'telegram.org', 'ifttt.com'];

/** A scheme and its credentials: RFC 7235, RFC 6750, RFC 7617. */
const CREDENTIALS = /\b(bearer|basic)[ \t]{1,9}(?:token[ \t]{1,9})?(["'`]?)([\w.~+/=-]{1,8000})/gi;
const SCHEMES = /bearer|basic/i;

/** `the password is x1y2z3`: what has letters and digits is no word of a sentence. */
const SPOKEN =
  /\b(?:password|passphrase|passcode|secret|token|api key) (?:is|was|=|->|\u2192) ["'`]?([^\s"'`]{6,200})/gi;

export const findForms: Finder = (text, hide) => {
  if (text.includes(' is ') || text.includes(' was ') || text.includes(' -> ')) {
    each(SPOKEN, text, (start, found, [value = '']) => {
      const end = start + found.length;
      if (/[A-Za-z]/.test(value) && /\d/.test(value)) hide(end - value.length, end);
    });
  }
  if (hasRun(text, TOKEN_UNITS, TOKEN) && BEGINNING.test(text)) {
    for (const pattern of TOKENS)
      each(pattern, text, (start, found) => hide(start, start + found.length));
  }
  if (text.includes('/') && HOSTS.some((host) => text.includes(host))) {
    each(PATHS, text, (start, found, [path = '']) => {
      const end = start + found.length;
      hide(end - path.length, end);
    });
  }
  if (SCHEMES.test(text)) {
    each(CREDENTIALS, text, (start, found, [scheme = '', , word = '']) => {
      const end = start + found.length;
      if (isCredential(scheme, word)) hide(end - word.length, end);
    });
  }
};

function each(
  pattern: RegExp,
  text: string,
  take: (start: number, found: string, groups: readonly string[]) => void,
): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    take(match.index, match[0], match.slice(1));
  }
}

function isCredential(scheme: string, word: string): boolean {
  if (!/[A-Za-z\d]/.test(word) || isSpoken(word)) return false;
  if (scheme.toLowerCase() === 'bearer') return true;
  // `Basic` is a word of many sentences; its credentials are `user:password` in base64.
  if (/^[a-z]+[.-]?$/.test(word) || /^[A-Z]?[a-z]+[.-]?$/.test(word))
    return word.length % 4 === 0 && isPair(word);
  return word.length >= 16 || isPair(word);
}

function isPair(word: string): boolean {
  const text = Buffer.from(word.slice(0, 400), 'base64').toString('latin1');
  return /^[\x20-\xff]{0,300}:/.test(text);
}
