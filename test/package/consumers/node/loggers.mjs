// The entries of the loggers on the main thread, by `import` and by `require`.
import { createRequire } from 'node:module';
import bunyan from 'bunyan';
import winston from 'winston';
import * as ofBunyan from 'errsight/bunyan';
import * as ofWinston from 'errsight/winston';

const require = createRequire(import.meta.url);
const winstonRequired = require('errsight/winston');
const bunyanRequired = require('errsight/bunyan');

for (const [how, { ErrsightTransport }] of Object.entries({ ofWinston, winstonRequired })) {
  winston
    .createLogger({ silent: false, transports: [new ErrsightTransport()] })
    .error(new RangeError(`logged by ${how}`));
}
for (const [how, { createErrsightStream, serializers }] of Object.entries({
  ofBunyan,
  bunyanRequired,
})) {
  const streams = [createErrsightStream()];
  bunyan
    .createLogger({ name: 'shop', serializers, streams })
    .error(new RangeError(`logged by ${how}`));
}

console.log(
  JSON.stringify({
    oneTransport: winstonRequired.ErrsightTransport === ofWinston.ErrsightTransport,
    oneStream: bunyanRequired.createErrsightStream === ofBunyan.createErrsightStream,
    names: [winstonRequired, bunyanRequired].map((entry) =>
      Object.keys(entry)
        .filter((name) => name !== '__esModule')
        .toSorted(),
    ),
    imported: [ofWinston, ofBunyan].map((entry) =>
      Object.keys(entry)
        .filter((name) => name !== 'default' && name !== 'module.exports')
        .toSorted(),
    ),
  }),
);
process.exit(3);
