export function priceOf(cart) {
  return cart.items.map((item) => withTax(item)).reduce((sum, price) => sum + price, 0);
}

function withTax(item) {
  return rounded(item.price) * 1.2;
}

function rounded(price) {
  return Number(price.toFixed(2));
}
