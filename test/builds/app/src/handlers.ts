import { PaymentDeclined } from './errors.ts';

interface Order {
  readonly id: number;
  readonly items: readonly string[];
}

type Handler = (order: Order) => unknown;

export const routes = new Map<string, Handler>();

export function pay(order: Order): void {
  const id: number = order.id;
  throw new PaymentDeclined(id); // pay
}

export const refund: Handler = async ({ id }) => {
  await Promise.resolve();
  throw new PaymentDeclined(id); // refund
};

class Depot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  ship(order: Order): readonly number[] {
    const weigh = (item: string, index: number): number => {
      if (item === '') throw new RangeError(`item ${index} of ${order.id} weighs nothing`); // weigh
      return item.length;
    };

    return order.items.map((item, index) => weigh(item, index));
  }

  async count<T extends Order>(orders: readonly T[], least?: T): Promise<number> {
    await Promise.resolve();
    if (least === undefined) throw new RangeError(`${this.name} has no orders`); // count
    return orders.length;
  }
}

const depot = new Depot('north');

routes.set('pay', pay);
routes.set('refund', refund);
routes.set('weigh', (order) => depot.ship(order));
routes.set('count', async (order) => {
  const orders = [order];
  return await depot.count(orders);
});
routes.set('first route', ({ id }) => {
  throw new PaymentDeclined(id + 1); // first route
});
routes.set('second route', ({ id }) => {
  throw new PaymentDeclined(id + 2); // second route
});
