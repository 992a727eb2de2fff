// The direct API alone, in a bundle that can require nothing.
import { captureException, init } from 'errsight';
import { order } from './orders.mjs';

init();
try {
  order('direct');
} catch (error) {
  captureException(error);
}
process.exit(3);
