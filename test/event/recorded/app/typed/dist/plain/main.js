"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const orders_ts_1 = require("./orders.js");
const prices_ts_1 = require("./prices.js");
const broken = [
    { name: 'tea', price: 3 },
    { name: 'cup', price: -1 },
];
function checkout(items) {
    const cart = new orders_ts_1.Cart(items);
    return cart.total(); // at: checkout
}
async function checkoutLater(items) {
    const price = await (0, orders_ts_1.priceLater)(items); // at: checkoutLater
    return price + 1;
}
function sell() {
    return checkout(broken); // at: sell
}
async function sellLater() {
    await checkoutLater(broken); // at: sellLater
}
function open() {
    return new orders_ts_1.Cart([]); // at: open
}
function describe() {
    return (0, prices_ts_1.describePrices)(broken); // at: describe
}
const immediately = async () => {
    const prices = broken.map(async (item) => {
        return await (0, orders_ts_1.priceLater)([item]); // at: -
    });
    const paid = await Promise.all(prices); // at: immediately
    paid.reverse();
};
exports.default = {
    'a method': sell,
    'async functions': sellLater,
    'a constructor': open,
    'a callback': describe,
    'Promise.all': immediately,
};
//# sourceMappingURL=main.js.map