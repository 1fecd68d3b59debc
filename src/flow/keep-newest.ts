/**
 * The live edge: reads its source as fast as it gives, keeps the newest `capacity` items and lets the oldest go.
 * A camera cannot be held back; whoever does not drain it gets a broken stream instead of an old one.
 *
 * Closing the returned generator closes the source. A source parked in a read must be woken by a signal of its own: its
 * `return` queues behind the read.
 * @param source - drained until it ends, throws, or the returned generator is closed
 * @param capacity - items kept at most, ≥ 1
 * @param mark - called for an item before which `dropped` > 0 others were let go; returns the item to give out
 * @param letGo - called with each item that nobody will get; returns how many it counts for, itself included
 */
export async function* keepNewest<T>(
  source: AsyncIterable<T>,
  capacity: number,
  mark: (item: T, dropped: number) => T,
  letGo: (item: T) => number = () => 1,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const kept: T[] = [];
  const state = { dropped: 0, ended: false, closed: false };
  let wake = (): void => undefined;
  const drain = (async () => {
    for (let read = await iterator.next(); read.done !== true && !state.closed; read = await iterator.next()) {
      kept.push(read.value);
      if (kept.length > capacity) state.dropped += letGo(kept.shift() as T);
      wake();
    }
  })().finally(() => {
    state.ended = true;
    wake();
  });
  // Reported by the await below; until then a failing source must not count as an unhandled rejection.
  drain.catch(() => undefined);
  try {
    while (true) {
      if (kept.length > 0) {
        const item = kept.shift() as T;
        const before = state.dropped;
        state.dropped = 0;
        yield before > 0 ? mark(item, before) : item;
      } else if (state.ended) {
        break;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    await drain;
  } finally {
    state.closed = true;
    await iterator.return?.();
  }
}
