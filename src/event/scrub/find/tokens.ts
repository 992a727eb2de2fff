import { isDigitUnit, type Finder, type Hide } from './finder.ts';
import type { Judge } from '../names.ts';
import { isIn, runEnd, runFrom, tableOf } from './runs.ts';

const WORD = tableOf(/\w/);
const URL_SAFE = tableOf(/[\w-]/);
const BASE_62 = tableOf(/[A-Za-z\d]/);
const BASE_64 = tableOf(/[A-Za-z\d+/=]/);
const CAPITALS = tableOf(/[A-Z\d]/);
const BASE_32 = tableOf(/[A-Z2-7]/);
const HEX = tableOf(/[\da-fA-F]/);
const DOTTED = tableOf(/[\w.-]/);
const PADDED = tableOf(/[\w=-]/);
const WIDE = tableOf(/[\w=+/-]/);

/** A token: its prefix, then at least `least` units of a table. */
interface Shape {
  readonly prefix: string;
  readonly units: Uint8Array;
  readonly least: number;
  readonly most: number;
}

function shapes(prefixes: string, units: Uint8Array, least: number, most = 4_000): Shape[] {
  return prefixes.split(' ').map((prefix) => ({ prefix, units, least, most }));
}

/** Tokens with exactly `length` units behind the prefix. */
function exactly(prefixes: string, units: Uint8Array, length: number): Shape[] {
  return shapes(prefixes, units, length, length);
}

/**
 * Secrets that are known by their own form, wherever they stand. Each has a prefix that no other text has.
 * The sources stand beside them.
 */
const SHAPES: readonly Shape[] = [
  // AWS access key ids: docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  ...exactly('AKIA ASIA ABIA ACCA', BASE_32, 16),
  // GitHub: github.blog/2021-04-05-behind-githubs-new-authentication-token-formats
  ...shapes('ghp_ gho_ ghu_ ghs_ ghr_', BASE_62, 36),
  ...shapes('github_pat_', WORD, 22),
  // GitLab: docs.gitlab.com/ee/security/tokens
  ...shapes(
    'glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat- gloas- glffct-',
    DOTTED,
    20,
  ),
  // Stripe, and the secrets of its webhooks: docs.stripe.com/keys, docs.stripe.com/webhooks
  ...shapes('sk_live_ sk_test_ rk_live_ rk_test_', BASE_62, 10),
  ...shapes('whsec_', BASE_64, 16),
  // Slack: api.slack.com/concepts/token-types
  ...shapes(
    'xoxa- xoxb- xoxc- xoxd- xoxe- xoxe.xoxb- xoxe.xoxp- xoxo- xoxp- xoxr- xoxs- xapp-',
    URL_SAFE,
    10,
  ),
  // Google: cloud.google.com/docs/authentication/api-keys; OAuth: developers.google.com/identity
  ...exactly('AIza', URL_SAFE, 35),
  ...shapes('ya29. GOCSPX-', URL_SAFE, 20),
  ...shapes('1//0', URL_SAFE, 30),
  // npm: github.blog/2021-09-23-announcing-npms-new-access-token-format; PyPI: pypi.org/help/#apitoken
  ...shapes('npm_', BASE_62, 36),
  ...shapes('pypi-', URL_SAFE, 50),
  // OpenAI and Anthropic: platform.openai.com/docs/api-reference/authentication, docs.anthropic.com
  ...shapes('sk-', URL_SAFE, 20),
  // Twilio, SendGrid: www.twilio.com/docs/iam/api-keys, www.twilio.com/docs/sendgrid
  ...exactly('SK', HEX, 32),
  ...shapes('SG.', DOTTED, 33, 130),
  // Shopify, Square: shopify.dev/docs/apps/auth, developer.squareup.com/docs/build-basics/access-tokens
  ...shapes('shpat_ shpss_ shpca_ shppa_ shptka_', HEX, 32),
  ...shapes('sq0atp- sq0csp-', URL_SAFE, 22),
  // DigitalOcean, Hugging Face, Databricks: each one's page on its tokens
  ...shapes('dop_v1_ doo_v1_ dor_v1_', HEX, 64),
  ...exactly('dapi', HEX, 32),
  // HashiCorp Vault: developer.hashicorp.com/vault/docs/concepts/tokens
  ...shapes('hvs. hvb. hvr.', URL_SAFE, 20),
  // Atlassian, Linear, Notion, Figma, Postman, Sentry, New Relic, Doppler: likewise
  ...shapes('ATATT3', PADDED, 20),
  ...shapes('lin_api_', BASE_62, 20),
  ...shapes('ntn_', BASE_62, 30),
  ...shapes('figd_ figo_ figu_', URL_SAFE, 20),
  ...shapes('PMAK-', URL_SAFE, 20),
  ...shapes('sntrys_ sntryu_', WIDE, 20),
  ...shapes('NRAK-', CAPITALS, 20),
  ...shapes('dp.pt. dp.st. dp.ct.', DOTTED, 20),
  // Hugging Face, Replicate, Groq, Perplexity, xAI, LangSmith, Pinecone: likewise
  ...shapes('hf_ api_org_', BASE_62, 30),
  ...shapes('r8_ xai- fw_ pcsk_ csk-', WORD, 30),
  ...shapes('gsk_ pplx-', BASE_62, 40),
  ...shapes('lsv2_pt_ lsv2_sk_', WORD, 30),
  // RubyGems, Docker, Netlify, Vercel, Render, Fly, Pulumi, Terraform, Supabase, PlanetScale
  ...shapes('rubygems_', HEX, 40),
  ...shapes('dckr_pat_ dckr_oat_', URL_SAFE, 20),
  ...shapes('nfp_ vcp_ vci_ vca_ vck_ rnd_', BASE_62, 24),
  ...shapes('fm1_ fm2_ fo1_', WIDE, 40),
  ...exactly('pul-', HEX, 40),
  ...exactly('sbp_', HEX, 40),
  ...shapes('sb_secret_', URL_SAFE, 20),
  ...shapes('pscale_pw_ pscale_tkn_ pscale_oauth_', DOTTED, 30),
  // Grafana, PostHog, New Relic's browser, Typeform, Bitbucket, Brevo, Plaid, Braintree, Mailgun
  ...shapes('glsa_ glc_', PADDED, 32),
  ...shapes('phx_ pha_ phs_', BASE_62, 40),
  ...shapes('NRJS- NRII- NRIQ-', URL_SAFE, 19),
  ...shapes('tfp_', DOTTED, 40),
  ...shapes('ATBB ATCTT3xFfG ATSTT3xFfG', PADDED, 28),
  ...shapes('xkeysib- xsmtpsib-', URL_SAFE, 60),
  ...shapes('access-sandbox- access-production- access-development-', URL_SAFE, 36),
  ...shapes('access_token$production$ access_token$sandbox$', tableOf(/[\w$]/), 40),
  // age: age-encryption.org/v1; paseto: github.com/paseto-standard/paseto-spec; Airtable, Contentful
  ...shapes('AGE-SECRET-KEY-1', CAPITALS, 50),
  ...shapes(
    'v1.local. v2.local. v3.local. v4.local. v1.public. v2.public. v3.public. v4.public.',
    DOTTED,
    30,
  ),
  ...shapes('patAAA CFPAT-', DOTTED, 20),
  ...exactly('key-', HEX, 32),
  ...shapes('EAA', BASE_62, 60),
  // macaroons in base64: the first packet of version 1 names their location; then version 2
  ...shapes('MDAxY2xvY2F0aW9u MDAwYmxvY2F0aW9u MDAxNWxvY2F0aW9u AgEUaHR0cA', WIDE, 40),
  // ErrSight's own
  ...shapes('elp_ elr_', HEX, 48),
];

/** The shapes by the first two units of their prefix. */
const BY_START = new Map<number, Shape[]>();
const FIRST = new Uint8Array(128);
for (const shape of SHAPES) {
  const start = startOf(shape.prefix, 0);
  FIRST[shape.prefix.charCodeAt(0)] = 1;
  BY_START.set(start, [...(BY_START.get(start) ?? []), shape]);
}

function startOf(text: string, at: number): number {
  return text.charCodeAt(at) * 128 + text.charCodeAt(at + 1);
}

/** Each token has at least so many of `[\w-]` in a row. */
const LEAST = 15;
/** The most units in front of them that belong to the token: `xoxe.xoxp-`, `dp.pt.`, `1//0`. */
const HEAD = 12;
/** Units of the last part of the tokens of Telegram's and Discord's bots. */
const [TELEGRAM, DISCORD] = [35, 27];
/** The most units of one part of a JSON Web Token. */
const PART = 8_000;
const [DOT, COLON, SLASH] = [46, 58, 47];
/** The most UTF-16 units of a part of a path, and the parts with a secret behind them. */
const SEGMENT = 60;
const LINKS =
  /^(?:verify|verification|confirm|confirmation|activate|activation|invites?|invitations?|unsubscribe|magic(?:-?link)?|reset|recover|forgot|join|optin|opt-in|hooks?|webhooks?|callback|(?:verify|confirm|reset|change)-(?:e?mail|account|link))$/i;
/** What may stand behind the secret: `/invite/x1y2…/accept`. */
const STEP =
  /^\/(?:accept|confirm|verify|complete|decline|reject|activate|redeem|new|edit)?(?:$|[\s"'`?#)\],])/;
const JSON_NAME = /"([\w.-]{1,60})"\s{0,5}:/g;

/** JSON Web Tokens, and the tokens of services, each by its form. */
export const findTokens: Finder = (text, hide, judge) => {
  const run = runFrom(text, URL_SAFE, LEAST, LEAST - 1);
  if (run !== -1) tokensFrom(text, run, hide, judge);
};

function tokensFrom(text: string, firstRun: number, hide: Hide, judge: Judge): void {
  let run = firstRun;
  let done = 0;
  let web = 0;
  while (run !== -1) {
    const end = runEnd(text, URL_SAFE, run, text.length);
    let start = run - LEAST + 1;
    while (start > done && isIn(URL_SAFE, text.charCodeAt(start - 1))) start -= 1;
    const own = start;
    const first = text.charCodeAt(start - 1);
    if (first === DOT || first === SLASH) {
      const least = Math.max(done, start - HEAD);
      while (start > least && isHeadUnit(text.charCodeAt(start - 1))) start -= 1;
    }
    let before = isIn(WORD, text.charCodeAt(start - 1));
    for (let at = start; at < end; at += 1) {
      const unit = text.charCodeAt(at);
      const isWord = isIn(WORD, unit);
      if (isWord && !before && unit < 128) {
        // `eyJ`: the first part is `{"` in base64url.
        if (unit === 101 && at >= web && text.startsWith('eyJ', at)) web = webTokenAt(at);
        const found = FIRST[unit] === 1 ? BY_START.get(startOf(text, at)) : undefined;
        const stop = found === undefined ? at : shapeAt(at, found);
        if (stop > at) {
          hide(at, stop);
          at = stop - 1;
        }
      }
      before = isWord;
    }
    if (text.charCodeAt(own - 1) === SLASH) segmentAt(own, end);
    if (end - own >= DISCORD) botAt(own, end);
    done = end;
    run = runFrom(text, URL_SAFE, LEAST, end + LEAST);
  }

  function shapeAt(at: number, candidates: readonly Shape[]): number {
    for (const { prefix, units, least, most } of candidates) {
      if (!text.startsWith(prefix, at)) continue;
      const begin = at + prefix.length;
      const stop = runEnd(text, units, begin, Math.min(text.length, begin + most));
      if (stop - begin < least) continue;
      // A token of a fixed length is never part of a longer word.
      if (most === least && isIn(WORD, text.charCodeAt(stop))) continue;
      return stop;
    }
    return at;
  }

  /** Hides a signed or encrypted token at `at`: RFC 7519, RFC 7516. Returns how far it was read. */
  function webTokenAt(at: number): number {
    let stop = runEnd(text, URL_SAFE, at, Math.min(text.length, at + PART));
    const first = stop;
    let parts = 1;
    if (first - at < 8) return first;
    while (parts < 5 && text.charCodeAt(stop) === DOT) {
      stop = runEnd(text, URL_SAFE, stop + 1, Math.min(text.length, stop + 1 + PART));
      parts += 1;
    }
    if (parts > 2) hide(at, stop);
    if (parts > 2) return stop;
    if (parts === 1 && first - at >= LEAST && deniesIn(text.slice(at, first))) hide(at, first);
    return first;
  }

  /** Whether base64 is JSON with the name of a secret. */
  function deniesIn(base64: string): boolean {
    const json = Buffer.from(base64, 'base64').toString('latin1');
    return Array.from(json.matchAll(JSON_NAME), ([, name = '']) => name).some(
      (name) => judge(name) !== 'open',
    );
  }

  /** A part of a path behind one that names a secret: `/reset-password/x1y2…`. */
  function segmentAt(start: number, end: number): void {
    // More follows behind the name of a file or a folder.
    const next = text.charCodeAt(end);
    const isFile = next === DOT || (next === SLASH && !STEP.test(text.slice(end, end + 20)));
    if (isFile || !/\d/.test(text.slice(start, end))) return;
    const before = text.lastIndexOf('/', start - 2);
    if (before === -1 || start - before > SEGMENT) return;
    const name = text.slice(before + 1, start - 1);
    if (LINKS.test(name) || judge(name) !== 'open' || isOfHook(before)) hide(start, end);
  }

  /** Whether a path is one of a webhook, whose last part is its secret: `/hooks/T000/B000/x1y2…`. */
  function isOfHook(before: number): boolean {
    return /\/(?:web)?hooks?(?:\/[\w@.-]{1,40}){0,3}$/i.test(
      text.slice(Math.max(0, before - 140), before),
    );
  }

  /**
   * Telegram's bots: core.telegram.org/bots/api#authorizing-your-bot; Discord's:
   * discord.com/developers/docs/reference#authentication
   */
  function botAt(start: number, end: number): void {
    const before = text.charCodeAt(start - 1);
    let at = start - 1;
    if (before === COLON && end - start === TELEGRAM) {
      while (at > start - 12 && isDigitUnit(text.charCodeAt(at - 1))) at -= 1;
      const digits = start - 1 - at;
      if (digits >= 8 && digits <= 10) hide(at, end);
    } else if (before === DOT && end - start <= 40) {
      while (at > start - 8 && isIn(URL_SAFE, text.charCodeAt(at - 1))) at -= 1;
      if (start - 1 - at !== 6 || text.charCodeAt(at - 1) !== DOT) return;
      const least = at - 29;
      at -= 1;
      while (at > least && isIn(URL_SAFE, text.charCodeAt(at - 1))) at -= 1;
      if ('MNO'.includes(text.charAt(at)) && start - 8 - at >= 24) hide(at, end);
    }
  }
}

function isHeadUnit(unit: number): boolean {
  return unit === DOT || unit === SLASH || isIn(URL_SAFE, unit);
}
