// bunyan's stream without the types of bunyan, which are a package of their own.
import {
  createErrsightStream,
  serializers,
  type ErrsightStream,
  type ErrsightStreamEntry,
} from 'errsight/bunyan';

const entry: ErrsightStreamEntry = createErrsightStream({ minLevel: 'error', release: '1.4.2' });
const stream: ErrsightStream = entry.stream;
export const written: boolean = stream.write({ level: 50, msg: 'oh no' });
export const arrived: Promise<boolean> = stream.flush();
export const plain: unknown = serializers.err(new Error('oh no'));
export const level: number = { ...entry, level: 20 }.level;

createErrsightStream({
  level: 'info', // TS2353
});
export const text: string = entry.level; // TS2322
