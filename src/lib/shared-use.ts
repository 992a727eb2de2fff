/** Begins to use something. Returns what ends the use; called again, that does nothing. */
export type Use = () => () => void;

/** Starts something for its first user, and ends it with the last one, as often as that comes. */
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
