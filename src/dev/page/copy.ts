// An event as a text that can be pasted elsewhere.
import type { EventShape, EventView, Status } from '../shapes.ts';
import { placeOf } from './frames.ts';
import { factsOf, leadOf, stepsOf, type Step } from './steps.ts';
import { framesOf, isBag, list, partsOf, text, type Frame } from './values.ts';

/** The most characters of a value on a line of Markdown. */
const MAX_VALUE = 1000;
/** Limits of ErrSight's own fix prompt, in characters and items. */
const PROMPT = {
  all: 8000,
  message: 600,
  frames: 18,
  others: 6,
  line: 200,
  causes: 5,
  cause: 200,
  crumbs: 8,
  crumb: 160,
};

function cut(value: string, limit: number): string {
  return value.length > limit ? `${value.slice(0, limit - 3).toWellFormed()}...` : value;
}

/** A fence that nothing in the text can close. */
function fenced(code: string, language = ''): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}

function snippet({ before, code, after, line }: Frame): string {
  const first = line - before.length;
  return [...before, code, ...after]
    .map(
      (each, index) =>
        `${first + index === line ? '>' : ' '} ${String(first + index).padStart(4)} | ${each}`,
    )
    .join('\n');
}

interface Cause {
  readonly title: string;
  /** Its own properties, such as `status: 503`. */
  readonly facts: string;
  readonly backtrace: string;
}

function causesOf({ metadata }: EventShape): Cause[] {
  return list(metadata['exception_causes'])
    .filter(isBag)
    .map(({ class: name, message, backtrace, ...facts }) => ({
      title: [name, message].map(text).filter(Boolean).join(': '),
      facts: pairsOf(facts).join(', '),
      backtrace: text(backtrace),
    }));
}

/** `key: value`, each on one line. */
function pairsOf(bag: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(bag)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${key}: ${oneLine(cut(text(value), MAX_VALUE))}`);
}

function oneLine(value: string): string {
  return value.replaceAll(/\s*\n\s*/g, ' ');
}

function inside({ name }: Frame): string {
  return name === '' ? '' : ` in ${name}`;
}

function inBrackets(facts: string): string {
  return facts === '' ? '' : ` (${facts})`;
}

/** A step of the trail. Its message may be cut, its facts never are. */
function stepText(step: Step, limit: number): string {
  const facts = inBrackets(factsOf(step));
  const words = oneLine(`${step.crumb.category ?? ''} ${step.what}`.trim());
  return `${cut(words, limit - facts.length)}${facts}`;
}

function block(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`### ${title}`, fenced(lines.join('\n'))];
}

export function asMarkdown({ event }: EventView): string {
  const { metadata } = event;
  const frames = framesOf(metadata);
  const top = frames.find(({ isOwn }) => isOwn) ?? frames[0];
  const [title = '', ...rest] = event.message.split('\n');
  const { request, other } = partsOf(metadata);
  const steps = stepsOf(event.breadcrumbs).map(
    (step) => `${leadOf(step, event).padStart(8)}  ${stepText(step, MAX_VALUE)}`,
  );
  const parts = [
    `## ${title}`,
    ...(rest.length === 0 ? [] : [fenced(rest.join('\n'))]),
    [event.level, event.environment, event.release, event.occurred_at].filter(Boolean).join(' · '),
    ...(top === undefined ? [] : [`at \`${placeOf(top)}\`${inside(top)}`]),
    ...(top === undefined || top.code === '' ? [] : [fenced(snippet(top), 'js')]),
    ...causesOf(event).flatMap(({ title: cause, facts, backtrace }) => [
      `caused by ${oneLine(cause)}${inBrackets(facts)}`,
      ...(backtrace === '' ? [] : [fenced(backtrace)]),
    ]),
    ...(frames.length === 0
      ? []
      : [fenced(frames.map((each) => `at ${placeOf(each)}${inside(each)}`).join('\n'))]),
    ...(frames.length > 0 || event.backtrace.trim() === '' ? [] : [fenced(event.backtrace)]),
    ...block('Trail', steps),
    ...block('Request', pairsOf(request)),
    ...block('User', pairsOf(event.user_context)),
    ...block('Tags', pairsOf(event.tags)),
    ...block('Metadata', pairsOf(other)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A prompt with the parts and the limits of the one on ErrSight's event page. */
export function asPrompt({ event }: EventView): string {
  const { metadata, message, tags } = event;
  const name = text(metadata['exception_class']);
  const title = name === '' || message.startsWith(name) ? message : `${name}: ${message}`;
  const frames = framesOf(metadata);
  const own = frames.filter(({ isOwn }) => isOwn);
  const shown = own.length > 0 ? own.slice(0, PROMPT.frames) : frames.slice(0, PROMPT.others);
  const top = shown[0];
  const verb = [
    tags['request_method'],
    metadata['method'],
    metadata['request_method'],
    metadata['http_method'],
  ]
    .map(text)
    .find(Boolean);
  const path = [metadata['full_path'], metadata['path'], metadata['url']].map(text).find(Boolean);
  const causes = causesOf(event).slice(0, PROMPT.causes);
  const steps = stepsOf(event.breadcrumbs).slice(-PROMPT.crumbs);
  const parts = [
    'Find the cause of this error in the code, and fix it.',
    `Error: ${cut(title, PROMPT.message)}`,
    `Level: ${event.level}, environment: ${event.environment}${event.release === null ? '' : `, release: ${event.release}`}`,
    ...(path === undefined ? [] : [`Request: ${[verb, path].filter(Boolean).join(' ')}`]),
    ...(top === undefined
      ? []
      : [
          `Where it failed: ${placeOf(top)}${inside(top)}\n${fenced(
            snippet(top)
              .split('\n')
              .map((line) => cut(line, PROMPT.line))
              .join('\n'),
          )}`,
        ]),
    ...(shown.length === 0
      ? []
      : [`Stack:\n${shown.map((each) => `- ${placeOf(each)}${inside(each)}`).join('\n')}`]),
    ...(causes.length === 0 ? [] : [`Caused by:\n${causes.map(causeLine).join('\n')}`]),
    ...(steps.length === 0
      ? []
      : [`Before it:\n${steps.map((step) => `- ${stepText(step, PROMPT.crumb)}`).join('\n')}`]),
  ];
  return cut(parts.join('\n\n'), PROMPT.all);
}

function causeLine({ title, facts, backtrace }: Cause): string {
  const said = inBrackets(cut(facts, PROMPT.cause));
  const [first = ''] = backtrace.split('\n');
  const where = first === '' ? '' : ` at ${cut(first.trim(), PROMPT.cause)}`;
  return `- ${cut(oneLine(title), PROMPT.cause)}${said}${where}`;
}

/** A command that sends the event again. It is in single quotes, in which a shell replaces nothing. */
export function asCurl({ sent }: EventView, { host, writeKey }: Status): string {
  const body = sent.replaceAll("'", String.raw`'\''`);
  return `curl -X POST '${host}/api/v1/events' \\\n  -H 'X-API-Key: ${writeKey}' \\\n  -H 'Content-Type: application/json' \\\n  --data-binary '${body}'\n`;
}
