import { COUNTING } from '../name-words.ts';

/** A text that stands in place of a secret: `<password>`, `[REDACTED]`, `xxxxx`. */
const STAND_IN =
  /^(?:<[a-z][a-z _-]{1,30}>|[[<(](?:redacted|filtered|hidden|masked|removed|secret)[\])>]|x{3,40}|\*{3,40}|\u2022{2,40})["'`]?[.,;)\]}]{0,3}$/i;
/** The first signs of such a text. */
const STAND_IN_STARTS = '<[(xX*\u2022';

/** Types of TypeScript and GraphQL behind a name: `password: string;`, `$password: String!`. */
const TYPE =
  /^(?:string|number|boolean|any|unknown|never|object|String|Int|Float|Boolean|ID|Buffer|[A-Z][A-Za-z]{1,30}(?= \| (?:null|undefined)))(?:\[\])?!?(?: ?\||[;,)\]}>"'`]|\s(?! ?=)|$)(?! ?=)/;

/** The ends of scopes: `tokens:write`. */
const SCOPE = /^(?:read|write|create|delete|update|list|manage|edit|view|admin|\*)$/;

/** An expression that reads the value from elsewhere: `req.body.password`, `await getToken()`, `z.string().min(8)`. */
const EXPRESSION =
  /^(?:async (?:\(|\w+ =>)|function\b ?\w*\(|(?:(?:await|new|yield) )?(?:(?:req|request|ctx|context|process|import|this|self|user|body|params|config|options|opts|props|state|event|args|res|response|data|input|form|env|z|yup|[jJ]oi|settings|os)\??\.[A-Za-z_$][A-Za-z_$.?]{0,60}|[A-Za-z_$][A-Za-z_$.]{0,60}(?=\())(?:\([\w$.]{0,40}\)(?:\.[A-Za-z_$]{1,30}(?:\([\w$.]{0,20}\))?){0,6})?(?:[;,)\]}\s]|$))/;

/** A comparison with another name: `password !== confirm`. */
const OTHER_NAME = /^[A-Za-z_$]{2,40}(?:[;,)\s]|$)/;

/**
 * The start of a sentence with a name and a colon behind it: `failed to fetch the secret: timeout`. V8 matches
 * what is looked for in front of a place from right to left, so most texts are refused at once.
 */
const FAILED =
  /(?<=\b(?:failed|unable|could not|couldn't|cannot|can't|error|while)(?: to)? [a-z]{2,12}(?:ing)?(?: (?:the|a|your|new))?(?: [a-z]{2,12})? )/iy;

/** A template whose value is not filled in yet: `Bearer ${token}`. */
const TEMPLATE = /^(?:[A-Za-z]{1,10} )?\$\{[\w.]{1,60}\}$/;

export function isStandIn(value: string): boolean {
  return STAND_IN.test(value);
}

export function isTemplate(value: string): boolean {
  return value.endsWith('}') && TEMPLATE.test(value);
}

/** Numbers under the names of what they count: `{ input: 12, output: 30 }`. */
const NUMBERS = /^\{(?: ?["']?[a-z]{2,20}["']? ?: ?\d{1,12}(?:\.\d{1,6})? ?,?){1,12}\}$/i;

/** Flags in an object, which may be cut: `{ enabled: true`. They hide nothing. */
const FLAGS = /^\{(?: ?["']?\w{2,30}["']? ?: ?(?:true|false|null) ?,?){1,12}(?:[}"'`]|$)/;

export function isFlags(value: string): boolean {
  return FLAGS.test(value);
}

/** `"tls-secret" : secret "tls" not found`: behind a blank and a colon goes on what Kubernetes says. */
export function goesOn(value: string, sign: string): boolean {
  return sign === ' :' && /^[a-z]{2,20} "/.test(value);
}

/** Whether a value is the function that makes it: `signature: (a, b) => a + b`. */
export function isFunction(value: string): boolean {
  return /^\([\w$, :]{0,80}\) =>/.test(value);
}

export function isCounts(value: string): boolean {
  if (!NUMBERS.test(value)) return false;
  return (value.match(/[a-z]{2,20}/gi) ?? []).every((word) => COUNTING.has(word.toLowerCase()));
}

/** What stands in front of a value without quotes. */
export interface Beside {
  readonly name: string;
  /** Whether the name ends the start of a sentence about a failure. */
  readonly isOfFailure: () => boolean;
  /** The sign between them, with its blanks. */
  readonly sign: string;
}

/** Whether the name that starts at `start` ends the start of a sentence about a failure. */
export function isBehindFailure(text: string, start: number): boolean {
  FAILED.lastIndex = start;
  return FAILED.test(text);
}

/** Whether a value without quotes may be shown: it is code, or the rest of a sentence, and no secret. */
export function isShown(value: string, { name, isOfFailure, sign }: Beside): boolean {
  const first = value.charAt(0);
  if (STAND_IN_STARTS.includes(first) && isStandIn(/^\S*/.exec(value)?.[0] ?? '')) return true;
  if (sign.startsWith(':=')) return false;
  const isColon = sign.startsWith(':');
  if (isColon && (first === '$' ? value.startsWith(name, 1) : TYPE.test(value))) return true;
  if (sign === ':' && SCOPE.test(/^[^\s"',\]]*/.exec(value)?.[0] ?? '')) return true;
  if (sign === ': ' && /^[a-z]{2,20}(?:[ ,."'`]|$)/.test(value) && isOfFailure()) return true;
  if (!sign.endsWith(' ')) return /[!=]=$/.test(sign) && OTHER_NAME.test(value);
  if (/[!=]= $/.test(sign) && OTHER_NAME.test(value)) return true;
  if (EXPRESSION.test(value)) return true;
  if (sign !== '= ') return false;
  const own = /^[A-Za-z_$]{2,40}(?=[;"'`]| \|\| | \?\? |$)/.exec(value)?.[0];
  return own !== undefined && (name.endsWith(own) || value.startsWith(`${own};`));
}
