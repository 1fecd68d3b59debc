import { mapOrdered } from '#dist/flow/map-ordered.js';
import fc from 'fast-check';
import { EMPTY, NEVER, Subject, concat, from, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { collectGarbage } from '../support/collect-garbage.ts';
import { sleep, turn, until } from '../support/sleep.ts';

describe('an ordered map', () => {
  test('gives results in the order of the source, whatever order they are ready in, and never runs too many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (delays, concurrency) => {
          let running = 0;
          let most = 0;
          const project = async (ms: number): Promise<number> => {
            most = Math.max(most, ++running);
            await sleep(ms);
            running--;
            return ms;
          };
          const results = await lastValueFrom(from(delays).pipe(mapOrdered(project, concurrency), toArray()));
          expect(results).toEqual(delays);
          expect(most).toBe(Math.min(concurrency, delays.length));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('gives a result as soon as all before it are out, not only at the end', async () => {
    const source = new Subject<number>();
    const seen: number[] = [];
    const gates = new Map<number, () => void>();
    const gate = (i: number): Promise<number> => new Promise((resolve) => gates.set(i, () => resolve(i)));
    source.pipe(mapOrdered(gate, 4)).subscribe((i) => seen.push(i));
    for (const i of [0, 1, 2, 3]) source.next(i);
    gates.get(2)!();
    gates.get(1)!();
    await turn();
    expect(seen).toEqual([]);
    gates.get(0)!();
    await turn();
    expect(seen).toEqual([0, 1, 2]);
    gates.get(3)!();
    await turn();
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  test('keeps results that are undefined', async () => {
    const none = mapOrdered(() => Promise.resolve(undefined), 2);
    expect(await lastValueFrom(of(1, 2, 3).pipe(none, toArray()))).toEqual([undefined, undefined, undefined]);
  });

  test('keeps no result that it has given out', async () => {
    const source = new Subject<number>();
    const given: WeakRef<object>[] = [];
    const project = (i: number): Promise<object> => Promise.resolve({ i, pixels: new Uint8Array(1000) });
    const subscription = source.pipe(mapOrdered(project, 2)).subscribe((result) => given.push(new WeakRef(result)));
    for (let i = 0; i < 20; i++) source.next(i);
    await until(() => given.length === 20);
    await turn();
    collectGarbage();
    const kept = given.filter((result) => result.deref() !== undefined);
    subscription.unsubscribe();
    // The last one may still lie in a register.
    expect(kept.length).toBeLessThanOrEqual(2);
  });

  test('is empty for an empty source and silent for a silent one', async () => {
    const same = mapOrdered((i: number) => Promise.resolve(i), 2);
    expect(await lastValueFrom(EMPTY.pipe(same, toArray()))).toEqual([]);
    const seen: string[] = [];
    const subscription = NEVER.pipe(same).subscribe({
      next: () => seen.push('next'),
      error: () => seen.push('error'),
      complete: () => seen.push('complete'),
    });
    await turn();
    subscription.unsubscribe();
    expect(seen).toEqual([]);
  });

  test('ends at the first rejection, and gives nothing afterwards', async () => {
    const failure = new Error('no');
    const seen: unknown[] = [];
    const project = async (i: number): Promise<number> => {
      await sleep(i === 1 ? 1 : 10);
      if (i === 1) throw failure;
      return i;
    };
    of(0, 1, 2)
      .pipe(mapOrdered(project, 3))
      .subscribe({ next: (i) => seen.push(i), error: (error: unknown) => seen.push(error) });
    await sleep(30);
    expect(seen).toEqual([failure]);
  });

  test('takes what a projection throws for a rejection', async () => {
    const failure = new Error('at once');
    const project = (): Promise<number> => {
      throw failure;
    };
    await expect(lastValueFrom(of(1).pipe(mapOrdered(project, 1)))).rejects.toBe(failure);
  });

  test('passes an error of the source on', async () => {
    const failure = new Error('source');
    const same = mapOrdered((i: number) => Promise.resolve(i), 2);
    await expect(
      lastValueFrom(
        concat(
          of(1),
          throwError(() => failure),
        ).pipe(same),
      ),
    ).rejects.toBe(failure);
  });

  test('gives nothing after it was unsubscribed', async () => {
    const seen: number[] = [];
    const subscription = of(1, 2)
      .pipe(mapOrdered((i) => Promise.resolve(i), 2))
      .subscribe((i) => seen.push(i));
    subscription.unsubscribe();
    await turn();
    expect(seen).toEqual([]);
  });

  test('starts every subscription at 0', async () => {
    const twice = of('a', 'b').pipe(
      mapOrdered((text) => Promise.resolve(text), 1),
      toArray(),
    );
    expect(await lastValueFrom(twice)).toEqual(['a', 'b']);
    expect(await lastValueFrom(twice)).toEqual(['a', 'b']);
  });
});
