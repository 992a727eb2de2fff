// Options straight from the environment, as in the documentation: each is a string or undefined.
import { pino } from 'pino';
import errsightStream, { type PinoTransportOptions } from 'errsight/pino';
import { init } from 'errsight';

const apiKey = process.env['ERRSIGHT_API_KEY'];
const release = process.env['RELEASE'];

init({ apiKey, release });

export const loggers = [
  pino(pino.transport<PinoTransportOptions>({ target: 'errsight/pino', options: { apiKey } })),
  pino({}, errsightStream({ apiKey, release })),
];
