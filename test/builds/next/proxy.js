export const config = { matcher: '/shop/guarded' };

export function proxy() {
  throw new Error('the proxy broke');
}
