// The part of the application that logs with bunyan.
import bunyan from 'bunyan';
import { createErrsightStream } from 'errsight/bunyan';

const logger = bunyan.createLogger({ name: 'mailer', streams: [createErrsightStream()] });

export function sendReceipt(order) {
  logger.info({ order }, 'sending a receipt');
  try {
    return render(order);
  } catch (err) {
    logger.error({ err, order }, 'no receipt was sent');
    return undefined;
  }
}

function render(order) {
  throw new SyntaxError(`the template of order ${order} does not end`);
}
