/**
 * Begins to use something. Returns a function that ends the use. To call that twice does nothing
 * more.
 */
export type Use = () => () => void;

/** Starts something with its first user and stops it with the last one, as often as needed. */
export function shared(start: () => () => void): Use {
  let users = 0;
  let stop: (() => void) | undefined;
  return () => {
    if (users === 0) stop = start();
    users += 1;
    let isUsed = true;
    return () => {
      if (!isUsed) return;
      isUsed = false;
      users -= 1;
      if (users === 0) stop?.();
    };
  };
}
