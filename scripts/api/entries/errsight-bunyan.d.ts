export * from '../../../dist/cjs/transports/bunyan.js';
