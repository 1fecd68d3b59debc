import { Observable, mergeMap } from 'rxjs';
import type { OperatorFunction } from 'rxjs';

/**
 * Starts up to `concurrency` projections at once and gives their results out in the order of the source.
 * A rejection ends the stream at once. Results that wait for an earlier one are bounded by the credit window upstream.
 */
export function mapOrdered<A, B>(project: (value: A) => Promise<B>, concurrency: number): OperatorFunction<A, B> {
  return (source) =>
    new Observable<B>((subscriber) => {
      const done = new Map<number, B>();
      let next = 0;
      const numbered = mergeMap(
        async (value: A, index: number) => ({ index, result: await project(value) }),
        concurrency,
      );
      return numbered(source).subscribe({
        next: ({ index, result }) => {
          done.set(index, result);
          for (let ready = done.get(next); done.has(next); ready = done.get(next)) {
            done.delete(next++);
            subscriber.next(ready as B);
          }
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
