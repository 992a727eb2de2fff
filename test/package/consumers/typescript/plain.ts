// The direct API alone needs no types but the language's own.
import { captureException, init, withScope, type ErrsightEvent } from 'errsight';

init({ release: '1.4.2', beforeSend: (event: ErrsightEvent) => event });
withScope((scope) => captureException(new Error('oh no'), { tags: { of: typeof scope } }));
