import { Cart, priceLater } from './orders.ts';
import type { Item } from './prices.ts';
import { describePrices } from './prices.ts';

const broken: readonly Item[] = [
  { name: 'tea', price: 3 },
  { name: 'cup', price: -1 },
];

function checkout(items: readonly Item[]): number {
  const cart = new Cart(items);
  return cart.total(); // at: checkout
}

async function checkoutLater(items: readonly Item[]): Promise<number> {
  const price = await priceLater(items); // at: checkoutLater
  return price + 1;
}

function sell(): number {
  return checkout(broken); // at: sell
}

async function sellLater(): Promise<void> {
  await checkoutLater(broken); // at: sellLater
}

function open(): Cart {
  return new Cart([]); // at: open
}

function describe(): readonly string[] {
  return describePrices(broken); // at: describe
}

const immediately = async (): Promise<void> => {
  const prices = broken.map(async (item) => {
    return await priceLater([item]); // at: -
  });
  const paid = await Promise.all(prices); // at: immediately
  paid.reverse();
};

export default {
  'a method': sell,
  'async functions': sellLater,
  'a constructor': open,
  'a callback': describe,
  'Promise.all': immediately,
};
