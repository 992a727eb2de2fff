class Order {
  pay() {
    throw new Error(`in ${import.meta.url}`);
  }
}

export default {
  'a module in an odd folder': () => [new Order()].map((order) => order.pay()),
  'eval in a module in an odd folder': () =>
    /*evaluates eval in a module in an odd folder*/ eval('(() => new Order().pay())()'),
};
