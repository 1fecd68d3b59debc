import { isDeepStrictEqual } from 'node:util';
import { lastValueFrom, map, of, toArray } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, test } from 'vitest';

/** A synchronous operator that makes one value of each value. */
export interface MapLike<A, B> {
  /** A new operator, with new helpers where it is given any. */
  readonly operator: () => OperatorFunction<A, B>;
  /** Three values to pass through; made anew for every case. */
  readonly inputs: () => readonly [A, A, A];
  /** What is compared of a result. */
  readonly look: (result: B) => unknown;
  /** What `look` must see of the three results. */
  readonly outputs: readonly [unknown, unknown, unknown];
}

const scheduler = (): TestScheduler =>
  new TestScheduler((actual, expected) =>
    expect(isDeepStrictEqual(actual, expected), difference(actual, expected)).toBe(true),
  );

const difference = (actual: unknown, expected: unknown): string => `${show(actual)} instead of ${show(expected)}`;
const show = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));

/** Any access to it throws: what a callback that fails looks like from outside. */
function poison(failure: Error): never {
  return new Proxy(
    {},
    {
      get: () => {
        throw failure;
      },
    },
  ) as never;
}

/** The cases that every operator of RxJS is held to, as marbles: what goes in, when, and what must come out. */
export function behavesLikeMap<A, B>({ operator, inputs, look, outputs }: MapLike<A, B>): void {
  const failure = new Error('failure');
  const cases: [what: string, source: string, result: string, unsubscribe?: string, closed?: string][] = [
    ['passes the first value', '---a|', '---a|'],
    ['passes many values at their time and in their order', '-a--bc-|', '-a--bc-|'],
    ['passes values that come at the same time', '-(abc|)', '-(abc|)'],
    ['is empty for an empty source', '|', '|'],
    ['is silent for a source that never says anything', '-', '-'],
    ['never ends where the source never ends', 'a-b-', 'a-b-'],
    ['passes an error of the source on', '-a-#', '-a-#'],
    ['passes an error on that comes first', '#', '#'],
    ['unsubscribes from the source when it is unsubscribed', '-a-b-c-|', '-a-b-', '----!', '^---!'],
  ];

  describe('as an operator', () => {
    test.each(cases)('%s', (_, source, result, unsubscribe, closed) => {
      scheduler().run(({ hot, cold, expectObservable, expectSubscriptions }) => {
        const [a, b, c] = inputs();
        const values = { a, b, c };
        const from = unsubscribe === undefined ? cold(source, values, failure) : hot(source, values, failure);
        const [x, y, z] = outputs;
        expectObservable(from.pipe(operator(), map(look)), unsubscribe).toBe(result, { a: x, b: y, c: z }, failure);
        if (closed !== undefined) expectSubscriptions(from.subscriptions).toBe(closed);
      });
    });

    test('ends with the error that its callback throws and unsubscribes from the source', () => {
      scheduler().run(({ cold, expectObservable, expectSubscriptions }) => {
        const [a, , c] = inputs();
        const from = cold<A>('-a-b-c-|', { a, b: poison(failure), c });
        expectObservable(from.pipe(operator(), map(look))).toBe('-a-#', { a: outputs[0] }, failure);
        expectSubscriptions(from.subscriptions).toBe('^--!');
      });
    });

    test('starts anew with every new operator', async () => {
      for (let i = 0; i < 2; i++) {
        const seen = await lastValueFrom(of(...inputs()).pipe(operator(), map(look), toArray()));
        expect(seen).toEqual(outputs);
      }
    });
  });
}
