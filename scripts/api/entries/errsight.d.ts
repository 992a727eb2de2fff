export * from '../../../dist/cjs/src/index.js';
