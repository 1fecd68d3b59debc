import { Observable } from 'rxjs';
import type { StreamEvent } from '../wire/control-message.ts';
import type { Client, ListenOptions } from './client.ts';
import type { SubscribeOptions } from './subscribe-options.ts';
import type { SubscriptionItem } from './subscription.ts';

/**
 * `Client.subscribe` as a cold Observable: it begins with its subscriber, and ends with `end` or as its subscriber leaves.
 * RxJS knows no backpressure: credit is granted as fast as subscribers return, so hold work back with a loop, not with
 * `concatMap`.
 */
export function observe(
  client: Client,
  stream: string,
  options: Omit<SubscribeOptions, 'signal'> = {},
): Observable<SubscriptionItem> {
  return fromLoop((signal) => client.subscribe(stream, { ...options, signal }));
}

/** `Client.events` as a cold Observable. A client may have one such subscriber at a time. */
export function observeEvents(client: Client, options: Omit<ListenOptions, 'signal'> = {}): Observable<StreamEvent> {
  return fromLoop((signal) => client.events({ ...options, signal }));
}

function fromLoop<T>(begin: (signal: AbortSignal) => AsyncIterable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    const run = async (): Promise<void> => {
      for await (const item of begin(abort.signal)) {
        // What had arrived when the subscriber left is not its own any more.
        if (subscriber.closed) return;
        subscriber.next(item);
      }
      subscriber.complete();
    };
    run().catch((thrown: unknown) => subscriber.error(thrown));
    return () => abort.abort();
  });
}
