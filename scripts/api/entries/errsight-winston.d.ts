export * from '../../../dist/cjs/transports/winston.js';
