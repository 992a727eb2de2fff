/** `{ name: 'authorization', value: '…' }`, as browsers, proxies and validators pair them. */
const NAME_KEYS = new Set([
  'name',
  'key',
  'header',
  'path',
  'param',
  'field',
  'property',
  'attribute',
  'column',
  'variable',
  'instancePath',
  'dataPath',
  'fieldName',
  'label',
]);
const VALUE_KEYS = new Set([
  'value',
  'values',
  'originalValue',
  'rejectedValue',
  'msg',
  'input',
  'received',
  'actual',
  'data',
  'args',
  'context',
  'content',
  'secret',
]);

/** What stands in a list of names: a denied one among them is no name of the next one. */
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
export function isSecretCommand(name: string): boolean {
  return COMMANDS.has(name.toLowerCase());
}

export function isParameterKey(key: string): boolean {
  return PARAMETERS.has(key);
}

export const STATEMENT_KEYS: readonly string[] = STATEMENTS;

export function isNameKey(key: string): boolean {
  return NAME_KEYS.has(key);
}

export function isValueKey(key: string): boolean {
  return VALUE_KEYS.has(key);
}

export function isFieldName(text: string): boolean {
  return FIELDS.has(text);
}

/**
 * Whether an element of a list can be the name of the next one: `['authorization', '…']`, Node's
 * `rawHeaders` (a name, its value, the next name, …), and what a command was called with.
 */
export function isNamePlace(index: number, length: number, name: string): boolean {
  return (index % 2 === 0 && length % 2 === 0) || name.startsWith('-');
}
