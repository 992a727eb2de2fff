export * from '../../../dist/cjs/src/testing.js';
