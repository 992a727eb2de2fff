/**
 * Calls back for what nobody catches: a throw, or a rejection that Node turns into one. The monitor
 * sees it before the process ends, and changes nothing about whether and how it ends. Returns what
 * ends the watch.
 */
export function watchUncaught(
  callback: (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => void,
): () => void {
  process.on('uncaughtExceptionMonitor', callback);
  return () => {
    process.off('uncaughtExceptionMonitor', callback);
  };
}
