import { isRandom } from './find/random.ts';
import { SETTING_KEYS } from './http-objects.ts';
import { SECRET_WORDS } from './name-words.ts';
import { WHOLE_KEYS } from './wholes.ts';

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ''));
}

/** Keys that hold a name, in small letters: `{ name: 'authorization', value: '…' }` of browsers and clouds. */
const NAME_KEYS = words(`
  name key k id header headername variable variablename label keyname parameterkey parametername
  optionname attributename column columnname env
`);
/** Keys with which validators say which field is wrong: `{ path: 'password', message: '…' }`. */
const FIELD_KEYS = words(`
  path param field fieldname property propertyname attribute argument argumentname instancepath
  datapath pointer loc prop context propertypath setting
`);
/** Keys of the value in a pair, and further ones in which a validator keeps the value of a field. */
const VALUE_KEYS = words(
  'value values val v content secret given received default old new before after previous lhs rhs',
);
const FIELD_VALUES = words('input received actual data args context branch current from to');
/** Keys of the object that a field is part of. The names inside it decide, unless it is the value itself. */
const WHOLES = words('target instance children parent params');
/** Keys that say why a field is wrong. A validator's object has at least one of them. */
const REASONS = words(`
  message msg code kind type constraints keyword errors rule validator issue refinement reason
  validatorargs schemapath failures
`);
/** Keys that describe a field and never hold its value. */
const DESCRIBING = words(`
  message msg code kind type location in status severity level title description expected constraints
  keyword schemapath rule rules errors validation validator format pattern min max minimum maximum
  minlength maxlength limit exact inclusive exclusive required optional index line column origin
  domain httponly secure samesite expires maxage valuetype messageformat abortearly requirement
  name failures at time timestamp id key label requestid reqid note
  statuscode
`);
/** Keys that no validator has. Beside them a path is one of the disk or of a request. */
const OTHER_PATHS = words('syscall method url statuscode hostname originalurl baseurl route');

/**
 * What is secret in an object in which one value is the name of a secret. `pair`: its value, as in
 * `{ name, value }`. `short`: the same with keys of one letter. `part`: the value that a field had.
 * `field`: everything that does not describe the field, since the object is a validator's.
 */
export type Naming = 'none' | 'pair' | 'short' | 'part' | 'field';

/** Words of a list of names. An element with one of them is no value of the name in front of it. */
const FIELDS = new Set(
  'id name names username user login email mail phone address title role roles status type firstName lastName first_name last_name createdAt updatedAt created_at updated_at city country age url key value password_confirmation passwordConfirmation confirmPassword'.split(
    ' ',
  ),
);

/** Commands of Redis that carry a password among their arguments. */
const COMMANDS = new Set(['auth', 'hello', 'config', 'acl', 'migrate', 'sentinel']);

/** Where libraries keep a statement of SQL, and the values that belong to it. */
const STATEMENTS = ['sql', 'query', 'statement', 'text', 'queryText', 'sqlText'] as const;
const PARAMETERS = new Set([
  'parameters',
  'params',
  'values',
  'bindings',
  'binds',
  'bind',
  'args',
  'replacements',
  'queryParameters',
]);

/** Whether something named by `name`, a command, is called with a secret. */
export function isSecretCommand(name: unknown): boolean {
  return typeof name === 'string' && COMMANDS.has(name.toLowerCase());
}

export function isParameterKey(key: string): boolean {
  return PARAMETERS.has(key);
}

export const STATEMENT_KEYS: readonly string[] = STATEMENTS;

/** Keys of objects that need a closer look: statements, commands, responses, Buffers. */
const TELLING_KEYS = new Set([
  ...STATEMENTS,
  ...words('args body headers data emit toJSON _events _readableState'),
  ...SETTING_KEYS,
  ...WHOLE_KEYS,
]);

/** Whether a key says something about its neighbours or about the whole object. */
export function isTellingKey(key: string): boolean {
  return TELLING_KEYS.has(key);
}

/** Whether the value of a key may name the values beside it. */
export function isNameKey(key: string): boolean {
  const lower = key.toLowerCase();
  return NAME_KEYS.has(lower) || FIELD_KEYS.has(lower);
}

/** Whether the value of a key may say what the object is: `{ type: 'password', value: 'x' }`. */
export function isKindKey(key: string): boolean {
  return key === 'type' || key === 'kind';
}

function isValueKey(key: string): boolean {
  return VALUE_KEYS.has(key) || key.endsWith('value') || key.endsWith('values');
}

/** What is secret in an object with these keys. Those in `named` hold the name of a secret. */
export function namingOf(named: readonly string[], keys: readonly string[]): Naming {
  if (named.length === 0) return 'none';
  if (named.some((key) => FIELD_KEYS.has(key.toLowerCase()))) {
    return tellsWhy(keys) ? 'field' : 'part';
  }
  return named.some((key) => key.length === 1) ? 'short' : 'pair';
}

function tellsWhy(keys: readonly string[]): boolean {
  const lower = keys.map((key) => key.toLowerCase());
  return lower.some((key) => REASONS.has(key)) && !lower.some((key) => OTHER_PATHS.has(key));
}

/**
 * Whether the value of a key must not leave because its neighbour is the name of a secret. `isWhole`: the
 * value is an object, so the names inside it can decide.
 */
export function isHeld(key: string, naming: Naming, isWhole: boolean): boolean {
  if (naming === 'none') return false;
  const lower = key.toLowerCase();
  if (isWhole && WHOLES.has(lower)) return false;
  if (lower === 'v') return naming === 'field' || naming === 'short';
  if (isValueKey(lower)) return true;
  if (naming === 'pair' || naming === 'short') return false;
  if (FIELD_VALUES.has(lower)) return true;
  return naming === 'field' && !DESCRIBING.has(lower) && !FIELD_KEYS.has(lower);
}

/** Whether a text is the path of a file or a request, and not the name of a validator's field. */
export function isOtherPath(key: string, text: string, keys: readonly string[]): boolean {
  if (/^id$/i.test(key) && /\W/.test(text)) return true;
  if (/^(?:instance|data)path$|^pointer$/i.test(key) || !/[/\\]/.test(text)) return false;
  // A step of RFC 6902: { op: 'replace', path: '/password', value: 'x' }
  if (keys.includes('op')) return false;
  const hasValue = keys.some((each) => isValueKey(each.toLowerCase()));
  return !/^[/#]/.test(text) || !hasValue || !tellsWhy(keys);
}

export function isFieldName(text: string): boolean {
  if (FIELDS.has(text)) return true;
  const last = text.length > 80 ? '' : (/[A-Za-z]+$/.exec(text)?.[0] ?? '');
  const word = last.replace(/^[A-Z]?[a-z]+(?=[A-Z])/, '').toLowerCase();
  if (/^[\w.-]*api[-_]?key$/i.test(text)) return true;
  return word !== '' && /^[\w.-]+$/.test(text) && SECRET_WORDS.has(word);
}

/**
 * Whether an element of a list can be the name of the next one: in `['authorization', '…']`, in Node's
 * `rawHeaders` (a name, its value, the next name, …), and in the arguments of a command.
 */
export function isNamePlace(
  index: number,
  length: number,
  name: string,
  element?: unknown,
): boolean {
  if ((index % 2 === 0 && length % 2 === 0) || name.startsWith('-')) return true;
  // The arguments of a command: ['user:1', 'password', 'x1y2z3']
  return typeof element === 'string' && element.length < 300 && isRandom(element, false);
}
