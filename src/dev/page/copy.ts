// An event as a text to take elsewhere.
import type { EventShape, EventView, Status } from '../shapes.ts';
import { placeOf } from './frames.ts';
import { framesOf, isBag, list, text, type Frame } from './values.ts';

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

function causesOf({ metadata }: EventShape): string[] {
  return list(metadata['exception_causes'])
    .filter(isBag)
    .map((cause) => [cause['class'], cause['message']].map(text).filter(Boolean).join(': '));
}

function inside({ name }: Frame): string {
  return name === '' ? '' : ` in ${name}`;
}

export function asMarkdown({ event }: EventView): string {
  const frames = framesOf(event.metadata);
  const top = frames.find(({ isOwn }) => isOwn) ?? frames[0];
  const parts = [
    `## ${event.message.split('\n', 1)[0] ?? ''}`,
    [event.level, event.environment, event.release, event.occurred_at].filter(Boolean).join(' · '),
    ...(top === undefined ? [] : [`at \`${placeOf(top)}\`${inside(top)}`]),
    ...(top === undefined || top.code === '' ? [] : [fenced(snippet(top), 'js')]),
    ...causesOf(event).map((cause) => `caused by ${cause}`),
    ...(frames.length === 0
      ? []
      : [fenced(frames.map((each) => `at ${placeOf(each)}${inside(each)}`).join('\n'))]),
    ...(event.breadcrumbs.length === 0
      ? []
      : [
          '### Trail',
          event.breadcrumbs
            .map((crumb) => `- ${crumb.timestamp ?? ''} ${crumb.category ?? ''} ${crumb.message}`)
            .join('\n'),
        ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** With the parts and the limits of the prompt on ErrSight's event page. */
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
  const crumbs = event.breadcrumbs.slice(-PROMPT.crumbs);
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
    ...(causes.length === 0
      ? []
      : [`Caused by:\n${causes.map((cause) => `- ${cut(cause, PROMPT.cause)}`).join('\n')}`]),
    ...(crumbs.length === 0
      ? []
      : [
          `Before it:\n${crumbs.map((crumb) => `- ${cut(`${crumb.category ?? ''} ${crumb.message}`.trim(), PROMPT.crumb)}`).join('\n')}`,
        ]),
  ];
  return cut(parts.join('\n\n'), PROMPT.all);
}

/** A command that sends the event again; in single quotes a shell looks at nothing. */
export function asCurl({ sent }: EventView, { host, writeKey }: Status): string {
  const body = sent.replaceAll("'", String.raw`'\''`);
  return `curl -X POST '${host}/api/v1/events' \\\n  -H 'X-API-Key: ${writeKey}' \\\n  -H 'Content-Type: application/json' \\\n  --data-binary '${body}'\n`;
}
