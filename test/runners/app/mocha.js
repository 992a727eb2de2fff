const pino = require('pino');
const errsight = require('errsight');
const { default: stream } = require('errsight/pino');
const testing = require('errsight/testing');
const shop = require('./shop.cjs');

it('an application reports', () => shop(errsight, stream, pino, testing));
