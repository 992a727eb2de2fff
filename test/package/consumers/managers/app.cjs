const { captureException } = require('errsight');

captureException(new TypeError('by require'));
