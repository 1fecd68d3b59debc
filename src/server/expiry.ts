/** A timer of Node's ends below 25 days, and knows nothing of a clock that is set: the time is looked at every hour. */
const LOOK_MS = 3_600_000;

/**
 * Calls `over` once this Unix time has come, milliseconds; not before the next turn of the loop. Does not keep the process
 * alive.
 * @returns takes it back
 */
export function atUnixTime(timeMs: number, over: () => void): () => void {
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const leftMs = timeMs - Date.now();
    const next = leftMs > 0 ? look : over;
    timer = setTimeout(next, Math.max(0, Math.min(leftMs, LOOK_MS))).unref();
  };
  look();
  return () => clearTimeout(timer);
}
