/** Without a name of its own, as most are written: a minifier takes what the class is called. */
export class PaymentDeclined extends Error {
  readonly order: number;

  constructor(order: number) {
    super(`order ${order}: 10 EUR declined`);
    this.order = order;
  }
}
