/** `errsight pipe`: makes events of the lines that pass through it. */
import { stripVTControlCharacters } from 'node:util';
import { createReporter } from '../lib/report.ts';
import { systemClock, type Timer } from '../lib/clock.ts';
import { NoteReader } from '../notes/reader.ts';
import { Pipeline } from '../pipeline.ts';
import { emptyStats } from '../stats.ts';
import { PinoSink } from '../../transports/pino/sink.ts';
import { LineStream, type LineSink } from '../../transports/pino/lines.ts';
import type { Piece } from '../../transports/pino/line-splitter.ts';
import { readOptions } from './args.ts';
import { CONFIG_OPTIONS, loadConfiguration } from './config.ts';
import { readAny } from './lines/json.ts';
import { TextBlocks } from './lines/text.ts';
import { copy } from './copy.ts';

/** ms for which a program that got the same signal may still write. */
const LAST_WORDS = 3_000;

/**
 * ms of silence after which a text is complete: what belongs to it comes in one piece, or right behind. It has to be
 * silent twice, since a timer that is late comes before the lines that wait meanwhile.
 */
const QUIET = 250;

/** Resolves with the exit status, once stdin has ended and the events have arrived. */
export async function run(args: readonly string[]): Promise<number> {
  const { config, problems } = await loadConfiguration(readOptions('pipe', args, CONFIG_OPTIONS));
  const { apiKey } = config;
  const reporter = createReporter({ debug: config.debug, apiKey });
  for (const each of problems) reporter.warn(each);
  if (apiKey === undefined && problems.length === 0) {
    reporter.warn('no key is known (ERRSIGHT_API_KEY); lines only pass through');
  }
  const lines = new LineStream(
    apiKey === undefined
      ? NOWHERE
      : sinkOf(new Pipeline({ ...config, apiKey }, { door: 'errsight pipe' })),
  );
  const ending = new AbortController();
  let ended: NodeJS.Signals | undefined;
  const end = (signal: NodeJS.Signals): void => {
    // A second signal ends it at once.
    if (ended !== undefined) ending.abort();
    ended = signal;
    // The program in front has most likely got the signal too, and its last lines matter most.
    systemClock.setTimer(() => ending.abort(), LAST_WORDS);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  await copy(process.stdin, 1, (chunk) => lines.write(chunk), ending.signal);
  await new Promise<void>((resolve) => {
    lines.once('close', () => resolve());
    lines.end();
  });
  if (ended === undefined) return 0;
  // Not `process.exit`, which would wait for a write that nobody reads. Besides, the parent sees
  // the signal.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  process.kill(process.pid, ended);
  return 0;
}

const NOWHERE: LineSink = {
  line: () => undefined,
  longLine: () => undefined,
  flush: () => Promise.resolve(true),
  close: () => Promise.resolve(true),
  stats: emptyStats,
};

/**
 * What stands before a line, with the name of its program, in the output of `docker compose logs`,
 * `kubectl logs --prefix` and syslog. A time may follow, or stand alone before JSON.
 */
const PREFIX =
  /^(?:(?:(?<compose>[\w.-]{1,64}) {0,40}\| |(?<pod>\[pod\/[^\]\s]{1,200}\]) |\w{3} [ \d]\d [\d:]{8} \S{1,64} (?<syslog>[\w./-]{1,64}(?:\[\d+\])?): )(?:\d{4}-\d\d-\d\dT\S{8,30} )?|\d{4}-\d\d-\d\dT\S{8,30} (?=\{"))/;

/** Programs whose lines are told apart. Further programs count as one. */
const MAX_PROGRAMS = 64;

/** Tells lines of JSON from text, and joins the lines of a text that belong together. */
export function sinkOf(pipeline: Pipeline): LineSink {
  const sink = new PinoSink(pipeline, undefined, Infinity, new NoteReader(), readAny);
  /** Texts by their program, since the lines of several programs alternate. */
  const texts = new Map<string, TextBlocks>();
  let timer: Timer | undefined;
  let hasHeard = false;
  const settle = (): void => {
    if (timer !== undefined) systemClock.clearTimer(timer);
    timer = undefined;
    for (const each of texts.values()) each.end();
  };
  const wait = (silences: number): void => {
    hasHeard = false;
    timer = systemClock.setTimer(
      () => {
        if (hasHeard) wait(0);
        else if (silences === 0) wait(1);
        else settle();
      },
      QUIET,
      { ref: true },
    );
  };
  const textsOf = (program: string): TextBlocks => {
    const key = texts.has(program) || texts.size < MAX_PROGRAMS ? program : '';
    const known = texts.get(key) ?? new TextBlocks((line) => sink.line(line));
    texts.set(key, known);
    return known;
  };
  return {
    line(given: string, piece?: Piece) {
      const line = given.endsWith('\r') ? given.slice(0, -1) : given;
      if (line.startsWith('{"')) {
        textsOf('').end();
        sink.line(line, piece);
        return;
      }
      const plain = line.startsWith('\u001B') ? stripVTControlCharacters(line) : line;
      const found = PREFIX.exec(plain);
      const bare = found === null ? line : plain.slice(found[0].length);
      const block = textsOf(Object.values(found?.groups ?? {}).join(''));
      if (bare.startsWith('{"')) {
        block.end();
        sink.line(bare, piece);
        return;
      }
      block.add(bare);
      hasHeard = true;
      if (timer === undefined) wait(0);
    },
    longLine(beginning, length) {
      settle();
      if (beginning.startsWith('{"')) sink.longLine(beginning, length);
      else textsOf('').add(beginning.slice(0, 10_000));
    },
    flush() {
      settle();
      return sink.flush();
    },
    close() {
      settle();
      return sink.close();
    },
    stats: () => sink.stats(),
  };
}
