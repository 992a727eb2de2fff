import { axiomPino } from './contestants/axiom-pino.ts';
import { bunyanNull } from './contestants/bunyan-null.ts';
import { errsightBunyan, errsightBunyanWithoutTrail } from './contestants/errsight-bunyan.ts';
import {
  errsightPino,
  errsightPinoWithoutTrail,
  withErrsightPino,
} from './contestants/errsight-pino.ts';
import { errsightWinston, errsightWinstonWithoutTrail } from './contestants/errsight-winston.ts';
import { errsightDirect } from './contestants/errsight.ts';
import { logtailBunyan } from './contestants/logtail-bunyan.ts';
import { logtailPino } from './contestants/logtail-pino.ts';
import { logtailWinston } from './contestants/logtail-winston.ts';
import { pinoFile } from './contestants/pino-file.ts';
import { pinoLoki } from './contestants/pino-loki.ts';
import { pinoSentryTransport } from './contestants/pino-sentry-transport.ts';
import { sentryPino } from './contestants/sentry-pino.ts';
import { sentryWinston } from './contestants/sentry-winston.ts';
import { sentryDirect } from './contestants/sentry.ts';
import { winstonLoki } from './contestants/winston-loki.ts';
import { winstonNull } from './contestants/winston-null.ts';
import { winstonTransportSentryNode } from './contestants/winston-transport-sentry-node.ts';
import type { Contestant } from './contestant.ts';

/** In the order in which they take their turns. */
export const CONTESTANTS: readonly Contestant[] = [
  pinoFile,
  errsightPino,
  errsightPinoWithoutTrail,
  withErrsightPino,
  pinoLoki,
  axiomPino,
  logtailPino,
  pinoSentryTransport,
  sentryPino,
  winstonNull,
  errsightWinston,
  errsightWinstonWithoutTrail,
  winstonLoki,
  logtailWinston,
  winstonTransportSentryNode,
  sentryWinston,
  bunyanNull,
  errsightBunyan,
  errsightBunyanWithoutTrail,
  logtailBunyan,
  errsightDirect,
  sentryDirect,
];
