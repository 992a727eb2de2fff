import { check, each } from 'dep';

export interface Item {
  readonly name: string;
  readonly price: number;
}

type Label = `${string}: ${number}`;

export function priceOf(item: Item): number {
  return check(item.price); // at: priceOf
}

export function describePrices(items: readonly Item[]): Label[] {
  return each(items, (item): Label => { // at: describePrices
    const price = priceOf(item); // at: -
    return `${item.name}: ${price}`;
  });
}
