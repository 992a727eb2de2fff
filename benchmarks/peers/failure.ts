/**
 * A realistic error: thrown twelve functions deep, with a cause, and logged with ten fields. Each has
 * a number between two hashes, by which the server counts what has arrived.
 */
import type { Failure } from './contestant.ts';

export const FRAMES = 12;

export function failureOf(number: number): Failure {
  return {
    error: thrown(number),
    message: `checkout failed #${number}#`,
    fields: {
      orderId: number,
      customer: `customer-${number % 97}`,
      path: '/shops/berlin/checkout',
      method: 'POST',
      amount: 129.95,
      currency: 'EUR',
      attempt: 2,
      isGuest: false,
      items: ['book', 'lamp', 'desk'],
      userAgent:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0',
    },
  };
}

/** What is looked for in the text of what has arrived. */
export const SIGNS: Readonly<Record<string, RegExp>> = {
  stack: /declareFailure/,
  cause: /connection \d+ reset by the bank/,
  fields: /customer-\d+/,
  // The line that throws, which no stack has.
  source: /throw new Error\(/,
};

function thrown(number: number): Error {
  try {
    handleRequest(number);
  } catch (error) {
    return error as Error;
  }
  throw new Error('unreachable');
}

function handleRequest(number: number): void {
  runMiddleware(number);
}

function runMiddleware(number: number): void {
  const started = Date.now();
  route(number, started);
}

function route(number: number, started: number): void {
  if (started > 0) checkout(number);
}

function checkout(number: number): void {
  const order = loadOrder(number);
  reserve(order);
}

function loadOrder(number: number): { readonly number: number } {
  return { number };
}

function reserve(order: { readonly number: number }): void {
  withLock(() => pay(order.number));
}

function withLock(work: () => void): void {
  work();
}

function pay(number: number): void {
  for (const provider of ['card']) payWith(provider, number);
}

function payWith(provider: string, number: number): void {
  if (provider === 'card') charge(number);
}

function charge(number: number): void {
  settle(number);
}

function settle(number: number): void {
  declareFailure(number);
}

function declareFailure(number: number): never {
  // Sentry's SDK takes errors with the same cause for the same.
  const cause = new TypeError(`connection ${number} reset by the bank`);
  throw new Error(`the card was declined #${number}#`, { cause });
}
