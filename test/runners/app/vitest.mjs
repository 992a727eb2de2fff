import pino from 'pino';
import { test } from 'vitest';
import * as errsight from 'errsight';
import stream from 'errsight/pino';
import * as testing from 'errsight/testing';
import shop from './shop.cjs';

test('an application reports', () => shop(errsight, stream, pino, testing));
