/** The process that the contestants send to. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Arrived, Message, Question } from './server.ts';

export interface Target {
  readonly url: string;
  reset(): void;
  report(): Promise<Arrived>;
  close(): void;
}

export async function startTarget(): Promise<Target> {
  const child = fork(fileURLToPath(new URL('server.js', import.meta.url)));
  const ask = async (question?: Question): Promise<Message> => {
    const answered = once(child, 'message') as Promise<[Message]>;
    if (question !== undefined) child.send(question);
    return (await answered)[0];
  };
  const { port } = (await ask()) as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    reset: () => void child.send('reset' satisfies Question),
    report: async () => (await ask('report')) as Arrived,
    close: () => child.disconnect(),
  };
}
