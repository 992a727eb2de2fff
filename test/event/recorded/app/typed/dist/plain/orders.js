"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Cart = exports.EmptyCartError = exports.State = void 0;
exports.priceLater = priceLater;
const prices_ts_1 = require("./prices.js");
var State;
(function (State) {
    State["Open"] = "open";
    State["Paid"] = "paid";
})(State || (exports.State = State = {}));
class EmptyCartError extends Error {
    name = 'EmptyCartError';
}
exports.EmptyCartError = EmptyCartError;
class Cart {
    items;
    state = State.Open;
    constructor(items) {
        if (items.length === 0) {
            throw new EmptyCartError('nothing in the cart'); // at: new Cart
        }
        this.items = items;
    }
    total() {
        let sum = 0;
        for (const item of this.items) {
            sum += (0, prices_ts_1.priceOf)(item); // at: total
        }
        return sum;
    }
}
exports.Cart = Cart;
async function priceLater(items) {
    await Promise.resolve();
    const cart = new Cart(items);
    return cart.total(); // at: priceLater
}
//# sourceMappingURL=orders.js.map