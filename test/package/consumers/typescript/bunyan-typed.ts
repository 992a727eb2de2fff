// And with them.
import bunyan from 'bunyan';
import { createErrsightStream, serializers } from 'errsight/bunyan';

export const logger = bunyan.createLogger({
  name: 'shop',
  serializers: { ...bunyan.stdSerializers, ...serializers },
  streams: [createErrsightStream(), { stream: process.stdout }],
});
logger.addStream({ ...createErrsightStream(), level: 'error' });
