// Every line here that ends in the number of an error has to be that error, and no other may be one.
import { pino } from 'pino';
import errsightStream, { type PinoTransportOptions } from 'errsight/pino';
import {
  addBreadcrumb,
  captureEvent,
  captureMessage,
  close,
  getScope,
  init,
  setTag,
  setUser,
  stats,
  withErrsight,
  withScope,
  type BeforeSend,
  type InitOptions,
} from 'errsight';

export const transports = [
  pino.transport<PinoTransportOptions>({
    target: 'errsight/pino',
    options: {
      apikey: 'elp_0', // TS2561
    },
  }),
  pino.transport<PinoTransportOptions>({
    target: 'errsight/pino',
    options: {
      batchSize: '10', // TS2322
      minLevel: 'loud', // TS2322
      beforeSend: (event: unknown) => event, // TS2322
    },
  }),
  pino.transport<PinoTransportOptions>({
    targets: [
      {
        target: 'errsight/pino',
        options: {
          captureUncaught: true, // TS2353
        },
      },
    ],
  }),
];

init({
  releaze: '1.4.2', // TS2561
});
init({ flushInterval: '2s' }); // TS2322
init({ minLevel: 'everything' }); // TS2322
init({ beforeSend: async (event) => event }); // TS2322
init({
  beforeSend: (event) => ({ ...event, level: 'loud' }), // TS2322
});
init({
  beforeSend: (event) => {
    event.massage = 'changed'; // TS2551
    event.message = 17; // TS2322
    event.ingestion_id.toFixed(); // TS2551
    event.metadata.exception_frames?.[0]?.filename.toFixed(); // TS2551
    return event;
  },
});
export const hook: BeforeSend = () => undefined; // TS2322
export const name: keyof InitOptions = 'beforeSent'; // TS2820

errsightStream({ beforeSend: './hook.js', nestedKey: 17 }); // TS2769

withErrsight({}, { minLevel: 'loud' }); // TS2769
withErrsight({}, { beforeSend: (event: unknown) => event }); // TS2769
withErrsight({}, { captureUncaught: 'yes' }); // TS2769
pino(withErrsight({ level: 17 })); // TS2769
pino(withErrsight({ mixin: () => 17 })); // TS2769

captureEvent('not an object'); // TS2559
captureEvent({ message: 17 }); // TS2322
captureEvent({
  massage: 'oh no', // TS2561
});
captureMessage(new Error('not a text')); // TS2345
captureMessage('a message', 'loud'); // TS2345
captureMessage('a message', 'info', { tags: { deep: {} } }); // TS2322
setTag('key', { not: 'a tag' }); // TS2345
setUser({
  mail: 'ada@example.org', // TS2561
});
addBreadcrumb({
  text: 'SELECT 1', // TS2353
});
getScope().setTags({ key: [] }).setLevel('loud'); // TS2322 TS2345
getScope().trail(); // TS2339
withScope((scope) => scope.setTag('key', 'value').setName('x')); // TS2339
export const text: string = withScope(() => 17); // TS2322

stats().dropped.lost; // TS2339
stats().accepted = 0; // TS2540
export const closed: boolean = close(); // TS2322
