// A program that uses the types as an application would: it has to compile, and then to run.
import { pino, type LoggerOptions } from 'pino';
import errsightStream, {
  OptionError as PinoOptionError,
  type LineStream,
  type PinoStreamOptions,
  type PinoTransportOptions,
} from 'errsight/pino';
import {
  OptionError,
  addBreadcrumb,
  captureEvent,
  captureException,
  captureMessage,
  close,
  flush,
  getScope,
  init,
  setTag,
  setTags,
  setUser,
  stats,
  withErrsight,
  withScope,
  wrapHandler,
  type BeforeBreadcrumb,
  type BeforeSend,
  type Breadcrumb,
  type BreadcrumbInput,
  type Cause,
  type Context,
  type DropReason,
  type ErrsightEvent,
  type EventInput,
  type Frame,
  type HandlerOptions,
  type InitOptions,
  type Level,
  type LevelName,
  type Metadata,
  type Options,
  type Scope,
  type Stats,
  type TagValue,
  type User,
  type WithErrsightOptions,
} from 'errsight';

const beforeSend: BeforeSend = (event: ErrsightEvent) => {
  if (event.level === 'debug') return null;
  const frames: readonly Frame[] = event.metadata.exception_frames ?? [];
  const causes: readonly Cause[] = event.metadata.exception_causes ?? [];
  const metadata: Metadata = { ...event.metadata, frames: frames.length, causes: causes.length };
  const user: User | undefined = event.user;
  return { ...event, metadata, tags: { ...event.tags, user: String(user?.id ?? 'nobody') } };
};
const beforeBreadcrumb: BeforeBreadcrumb = (crumb: Breadcrumb) =>
  crumb.category === 'noise' ? null : { ...crumb, message: crumb.message ?? 'none' };

const shared: Options = {
  release: '1.4.2',
  minLevel: 'warn',
  ignoreErrors: ['ECONNRESET', /^Abort/],
};
const options: InitOptions = {
  ...shared,
  beforeSend,
  beforeBreadcrumb,
  captureUncaught: false,
  attachStacktrace: true,
};
init(options);

const tag: TagValue = 17;
const user: User = { id: 42, username: 'ada' };
setUser(user);
setTag('order', tag);
setTags({ tenant: 'acme', paid: false, coupon: undefined });
const crumb: BreadcrumbInput = { category: 'db', message: 'SELECT 1', timestamp: new Date() };
addBreadcrumb(crumb);

const context: Context = { fingerprint: ['checkout'], metadata: { attempt: 3 } };
const level: LevelName = 'critical';
const ids: (string | undefined)[] = [
  captureException(new TypeError('an exception'), context),
  captureMessage('a message', level, context),
];
const event: EventInput = { message: 'not its message', error: new RangeError('an event') };
ids.push(captureEvent(event));

const answer: Promise<number> = withScope(async (scope: Scope) => {
  const same: Scope = scope.setUser(null).setTag('deep', true).setLevel('fatal').clear();
  same.setTags({ in: 'scope' }).setMetadata({ depth: 1 }).setFingerprint(undefined);
  captureMessage(getScope() === same ? 'a scope' : 'another scope');
  return 17;
});

const handlerOptions: HandlerOptions = { flushTimeout: 1_000 };
// It keeps the handler's own type.
const handler: (order: { n: number }, context: { awsRequestId: string }) => Promise<string> =
  wrapHandler(async (order: { n: number }, _context: { awsRequestId: string }) => {
    return `order ${order.n}`;
  }, handlerOptions);
void handler({ n: 7 }, { awsRequestId: 'r-1' });

function dropped(given: Stats): number {
  const reasons: DropReason[] = ['queue_full', 'before_send', 'sampled', 'ignored', 'rejected'];
  return reasons.reduce((sum, reason) => sum + given.dropped[reason], 0);
}

// The parameters of the functions are known from where the options go.
const whole: WithErrsightOptions = { minLevel: 'error', requestScopes: false, enabled: false };
const loggers = [
  pino(withErrsight()),
  pino(withErrsight(undefined, whole)),
  pino(
    withErrsight({ level: 'silent', mixin: (fields, n) => ({ fields, n: n.toFixed() }) }, whole),
  ),
  pino(
    withErrsight(
      {
        level: 'silent',
        hooks: {
          logMethod(args, method, n) {
            if (n.toFixed() !== '') method.apply(this, args);
          },
        },
        formatters: { log: (fields) => ({ ...fields }) },
      },
      whole,
    ),
  ),
  pino(withErrsight<LoggerOptions>({ transport: { target: 'pino/file' }, enabled: false })),
];
const custom = pino(
  withErrsight(
    { customLevels: { audit: 35 }, level: 'silent', mixin: (_, n) => ({ n: n + 1 }) },
    whole,
  ),
);
custom.audit('nobody hears it');
const separate: LoggerOptions = withErrsight({ level: 'info', mixin: (fields) => fields }, whole);

const streamOptions: PinoStreamOptions = { ...shared, beforeSend, nestedKey: 'payload' };
const stream: LineStream = errsightStream({ release: '1.4.2' });
const target: PinoTransportOptions = { minLevel: 'error', beforeSend: './hook.js' };
const { beforeSend: _hook, ...rest } = target;

async function main(): Promise<void> {
  const arrived: boolean = await flush(4_000);
  const given = stats();

  const transport = pino.transport<PinoTransportOptions>({
    target: 'errsight/pino',
    options: { ...rest, environment: 'test' },
  });
  const several = pino.transport<PinoTransportOptions>({
    targets: [{ target: 'errsight/pino', level: 'info', options: { minLevel: 'fatal' } }],
  });
  pino(transport).error({ err: new SyntaxError('a line to the target') }, 'oh no');
  pino(several).error({ err: new SyntaxError('below its level') }, 'oh no');
  pino({ level: 'info' }, stream).warn({ errsight: context }, 'a line to the stream');

  const mistakes = [OptionError, PinoOptionError].map((Mistake) => {
    const mistake: Error = new Mistake('release', 'errsight: no release');
    return mistake instanceof OptionError ? mistake.option : 'another class';
  });
  console.log(
    JSON.stringify({
      ids: ids.map((id) => typeof id),
      answer: await answer,
      arrived,
      accepted: given.accepted,
      dropped: dropped(given),
      mistakes,
      loggers: loggers.length,
      separate: separate.level,
      nestedKey: streamOptions.nestedKey,
      severity: 'fatal' satisfies Level,
    }),
  );
  await close();
}

void main();
