export * from '../../../dist/cjs/src/fleet/redis.js';
