import pino from 'pino';
import test from 'ava';
import * as errsight from 'errsight';
import stream from 'errsight/pino';
import * as testing from 'errsight/testing';
import shop from './shop.cjs';

test('an application reports', async (t) => {
  await shop(errsight, stream, pino, testing);
  t.pass();
});
