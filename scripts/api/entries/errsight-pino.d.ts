export * from '../../../dist/cjs/transports/pino.js';
export { default } from '../../../dist/cjs/transports/pino.js';
