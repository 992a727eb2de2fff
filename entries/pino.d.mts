import type { ErrsightPino } from '../dist/cjs/transports/pino.js';

export type * from '../dist/cjs/transports/pino.js';
export { OptionError } from '../dist/cjs/transports/pino.js';
declare const errsight: ErrsightPino;
export default errsight;
