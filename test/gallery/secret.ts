/** In each error of the gallery where a library leaves room for one: it must never leave. */
export const SECRET = 'hunter2hunter2hunter2';
