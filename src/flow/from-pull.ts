import { Observable } from 'rxjs';
import type { CreditWindow } from './credit-window.ts';

/**
 * Pulls an async iterable into an Observable, one credit an item: at zero credits nobody reads, and the source waits.
 * RxJS's own `from` never waits, so that whatever is slow downstream queues the whole source.
 *
 * Unsubscribing aborts the signal that `open` was given and closes the iterator: a source parked in a read is woken
 * by the signal, since its `return` would queue behind the read. An error of the source waits until every item before it
 * has given its credit back: RxJS lets an error overtake what is still on its way, and a damaged file would lose the
 * good frames at its end.
 * @param open - called once a subscription
 */
export function fromPull<T>(open: (signal: AbortSignal) => AsyncIterable<T>, credits: CreditWindow): Observable<T> {
  return new Observable<T>((subscriber) => {
    const abort = new AbortController();
    const { signal } = abort;
    const pump = async (): Promise<void> => {
      const iterator = open(signal)[Symbol.asyncIterator]();
      try {
        while (await credits.take(signal)) {
          const item = await iterator.next().catch((error: unknown) => {
            credits.give();
            throw error;
          });
          if (item.done === true || signal.aborted) {
            credits.give();
            break;
          }
          subscriber.next(item.value);
        }
      } finally {
        await iterator.return?.();
      }
    };
    pump().then(
      () => subscriber.complete(),
      async (error: unknown) => {
        await credits.drained(signal);
        subscriber.error(error);
      },
    );
    return () => abort.abort();
  });
}
