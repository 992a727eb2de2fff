/** Our target twice among pino's, with the same options: each line counts once. */
import t from 'tap';
import { emptyStats } from '../../src/stats.ts';
import { LineStream } from '../../transports/pino/lines.ts';
import { twinOf } from '../../transports/pino/twins.ts';

function open(): { stream: LineStream; lines: string[] } {
  const lines: string[] = [];
  const stream = new LineStream({
    line: (line) => void lines.push(line),
    longLine: () => undefined,
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(true),
    stats: emptyStats,
  });
  return { stream, lines };
}

t.test('a line that comes by each of them counts once, whoever is first', async (t) => {
  const { stream, lines } = open();
  const [second, third] = [twinOf(stream), twinOf(stream)];
  const all = [stream, second, third];
  for (const text of ['a', 'b', 'b', 'a']) for (const each of all) each.write(`${text}\n`);
  for (const each of all.toReversed()) each.write('c\n');
  t.strictSame(lines, ['a', 'b', 'b', 'a', 'c']);
});

t.test('a line that comes by one of them only is not lost', async (t) => {
  const { stream, lines } = open();
  const second = twinOf(stream);
  second.write('a step\n');
  second.write('a step\n');
  stream.write('another\n');
  stream.write('another\n');
  for (const each of [second, stream]) each.write('an error\n');
  t.strictSame(lines, ['a step', 'a step', 'another', 'another', 'an error']);
});

t.test('they end together', async (t) => {
  const { stream } = open();
  const second = twinOf(stream);
  const ended = new Promise<void>((resolve) => second.end(resolve));
  stream.end();
  await ended;
  t.ok(stream.closed);
});
