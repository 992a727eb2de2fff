'use strict';
class Order {
  pay() {
    throw new Error(`in ${__dirname}`);
  }
}

module.exports = {
  'CommonJS in an odd folder': () => [new Order()].map((order) => order.pay()),
  'eval in an odd folder': () =>
    /*evaluates eval in an odd folder*/ eval('(function run() { new Order().pay() })()'),
};
