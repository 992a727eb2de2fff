// The part of the application that logs with winston.
import { connect } from 'node:net';
import winston from 'winston';
import { ErrsightTransport } from 'errsight/winston';

const logger = winston.createLogger({ transports: [new ErrsightTransport()] });

/** How many there are; undefined when the warehouse cannot be asked. */
export async function stockOf(item) {
  logger.info(`asking for ${item}`);
  try {
    return await ask();
  } catch (error) {
    logger.error('the warehouse does not answer', error);
    return undefined;
  }
}

/** A host with two addresses, neither of which answers: Node throws an AggregateError. */
function ask() {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: 'warehouse.demo',
      port: 1,
      autoSelectFamily: true,
      lookup: (_host, _options, callback) => {
        callback(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '::1', family: 6 },
        ]);
      },
    });
    socket.once('data', resolve);
    socket.once('error', reject);
  });
}
