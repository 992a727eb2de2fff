import { priceOf } from './prices.ts';
import type { Item } from './prices.ts';

export enum State {
  Open = 'open',
  Paid = 'paid',
}

export class EmptyCartError extends Error {
  override name = 'EmptyCartError';
}

export class Cart {
  private readonly items: readonly Item[];
  readonly state: State = State.Open;

  constructor(items: readonly Item[]) {
    if (items.length === 0) {
      throw new EmptyCartError('nothing in the cart'); // at: new Cart
    }
    this.items = items;
  }

  total(): number {
    let sum = 0;
    for (const item of this.items) {
      sum += priceOf(item); // at: total
    }
    return sum;
  }
}

export async function priceLater(items: readonly Item[]): Promise<number> {
  await Promise.resolve();
  const cart = new Cart(items);
  return cart.total(); // at: priceLater
}
