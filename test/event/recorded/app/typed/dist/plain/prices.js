"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.priceOf = priceOf;
exports.describePrices = describePrices;
const dep_1 = require("dep");
function priceOf(item) {
    return (0, dep_1.check)(item.price); // at: priceOf
}
function describePrices(items) {
    return (0, dep_1.each)(items, (item) => {
        const price = priceOf(item); // at: -
        return `${item.name}: ${price}`;
    });
}
//# sourceMappingURL=prices.js.map