import { messageOf } from './build.ts';
import { extended } from './group.ts';
import { scrubFrame } from '../stack/frames.ts';
import {
  asText,
  cleanUser,
  fingerprintOf,
  freeForm,
  levelOf,
  mergeTrails,
  nameOf,
  RESERVED,
  tagsOf,
} from './contexts.ts';
import { copyOf, elementsOf, isArray, isObject, read } from '../../lib/safe-read.ts';
import { isBlank, LENGTHS } from '../../lib/text.ts';
import { timeOf } from '../../lib/time.ts';
import type { Cause, ErrsightEvent, Frame } from '../event.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

/** Elements of a hook's lists that are looked at. */
const FRAMES = 100;
const LINES = 20;
const CAUSES = 20;

/**
 * Makes an event again of what `beforeSend` returned, since a hook may have put anything anywhere.
 */
export function rebuild(
  changed: ErrsightEvent,
  original: ErrsightEvent,
  scrub: Scrubber,
): ErrsightEvent {
  const said = (key: keyof ErrsightEvent): unknown => read(changed, key);
  const [given, person] = [said('metadata'), said('user')];
  const metadata = isObject(given) ? given : {};
  const user = isObject(person) ? cleanUser(person, scrub) : undefined;
  const chosen = fingerprintOf([changed], scrub);
  const fingerprint = chosen && (extended(chosen, original) ?? original.fingerprint);
  // Only a fingerprint of the hook's counts as chosen. The one that the event had before does not,
  // and neither does one in an event of another process.
  const isChosen =
    original.metadata['errsight_group'] !== undefined &&
    fingerprint !== undefined &&
    fingerprint.join('|') !== original.fingerprint?.join('|');
  const name = nameOf(read(metadata, 'exception_class'), scrub);
  const causes = read(metadata, 'exception_causes');
  const frames = elementsOf(read(metadata, 'exception_frames'), FRAMES)
    .map((frame) => cleanFrame(frame, scrub))
    .filter((frame) => frame !== undefined);
  const [release, stack] = [nameOf(said('release'), scrub), said('backtrace')];
  const backtrace = typeof stack === 'string' ? scrub.text(stack, LENGTHS.text) : undefined;
  const { occurredAt, trueTime } = timeOf(said('occurred_at'), Date.parse(original.occurred_at));
  return {
    ingestion_id: original.ingestion_id,
    level: levelOf([changed]) ?? original.level,
    message: messageOf(asText(said('message') ?? '', scrub), name, scrub),
    occurred_at: occurredAt,
    environment: nameOf(said('environment'), scrub) ?? original.environment,
    ...(release !== undefined && { release }),
    ...(backtrace !== undefined && frames.length > 0 && { backtrace }),
    metadata: {
      ...(name !== undefined && { exception_class: name }),
      ...(frames.length > 0 && { exception_frames: frames }),
      ...(isArray(causes) && {
        exception_causes: elementsOf(causes, CAUSES)
          .map((cause) => cleanCause(cause, scrub))
          .filter((cause) => cause !== undefined),
      }),
      ...(trueTime !== undefined && { occurred_at: trueTime }),
      // Without frames ErrSight's page would read the backtrace as Ruby's, and show nonsense.
      ...(backtrace !== undefined && frames.length === 0 && { backtrace }),
      ...freeForm(copyOf(metadata, RESERVED), scrub),
      ...(isChosen && { errsight_group: 'fingerprint' }),
    },
    tags: tagsOf([changed], scrub),
    ...(user && { user }),
    breadcrumbs: mergeTrails([], [changed], scrub),
    ...(fingerprint && { fingerprint }),
  };
}

/** A hook's frame with what ErrSight's pages need, and without what they fail on. */
function cleanFrame(frame: unknown, scrub: Scrubber): Frame | undefined {
  if (!isObject(frame)) return undefined;
  const filename = read(frame, 'filename');
  if (typeof filename !== 'string') return undefined;
  const name = read(frame, 'function');
  const [lineno, colno] = [position(read(frame, 'lineno')), position(read(frame, 'colno'))];
  const [before, line, after] = ['pre_context', 'context_line', 'post_context'].map((key) =>
    read(frame, key),
  );
  const clean: Frame = {
    filename,
    function: typeof name === 'string' ? name : '',
    ...(lineno !== undefined && { lineno }),
    ...(colno !== undefined && { colno }),
    in_app: read(frame, 'in_app') === true,
    ...(lineno !== undefined &&
      typeof line === 'string' && {
        pre_context: elementsOf(before, LINES).filter(isText),
        context_line: line,
        post_context: elementsOf(after, LINES).filter(isText),
      }),
  };
  const scrubbed = scrubFrame(clean, scrub);
  return isBlank(scrubbed.filename) ? undefined : scrubbed;
}

function cleanCause(cause: unknown, scrub: Scrubber): Cause | undefined {
  if (!isObject(cause)) return undefined;
  const [name, message, backtrace] = ['class', 'message', 'backtrace'].map((key) =>
    read(cause, key),
  );
  if (typeof name !== 'string' || typeof message !== 'string') return undefined;
  return {
    class: scrub.text(name, LENGTHS.name),
    message: scrub.text(message, LENGTHS.causeMessage),
    ...(typeof backtrace === 'string' && { backtrace: scrub.text(backtrace, LENGTHS.text) }),
  };
}

/** The number of a line or column. */
function position(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
