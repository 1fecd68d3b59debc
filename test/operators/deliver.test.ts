import { CreditWindow } from '#dist/flow/credit-window.js';
import { deliver } from '#dist/operators/deliver.js';
import { EMPTY, NEVER, Subject, concat, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { sleep, turn } from '../support/sleep.ts';

const never = new AbortController().signal;

/** A window with so many credits taken. */
async function taken(n: number): Promise<CreditWindow> {
  const credits = new CreditWindow(n);
  for (let i = 0; i < n; i++) await credits.take(never);
  return credits;
}

describe('deliver', () => {
  test('hands each item over after the one before is done, and passes it on', async () => {
    const log: string[] = [];
    const sink = async (i: number): Promise<void> => {
      log.push(`begin ${i}`);
      await sleep(3 - i);
      log.push(`end ${i}`);
    };
    const credits = await taken(3);
    expect(await lastValueFrom(of(0, 1, 2).pipe(deliver(sink, credits), toArray()))).toEqual([0, 1, 2]);
    expect(log).toEqual([0, 1, 2].flatMap((i) => [`begin ${i}`, `end ${i}`]));
    expect(credits.inFlight).toBe(0);
  });

  test('gives the credit back only when the sink is done', async () => {
    const gates: (() => void)[] = [];
    const credits = await taken(2);
    const subscription = of(0, 1)
      .pipe(deliver(() => new Promise<void>((resolve) => gates.push(resolve)), credits))
      .subscribe();
    await turn();
    expect([credits.inFlight, gates.length]).toEqual([2, 1]);
    gates[0]!();
    await turn();
    expect([credits.inFlight, gates.length]).toEqual([1, 2]);
    gates[1]!();
    await turn();
    expect(credits.inFlight).toBe(0);
    expect(subscription.closed).toBe(true);
  });

  test('takes a sink that needs no time', async () => {
    const seen: number[] = [];
    const sink = (i: number): void => void seen.push(i);
    await lastValueFrom(of(1, 2).pipe(deliver(sink, await taken(2))));
    expect(seen).toEqual([1, 2]);
  });

  test.each<[string, () => Promise<void> | void]>([
    ['rejects', () => Promise.reject(new Error('full'))],
    [
      'throws',
      () => {
        throw new Error('full');
      },
    ],
  ])('ends with the error of a sink that %s', async (_, sink) => {
    const source = new Subject<number>();
    const ended = lastValueFrom(source.pipe(deliver(sink, await taken(1))));
    source.next(1);
    await expect(ended).rejects.toThrow('full');
    expect(source.observed).toBe(false);
  });

  test('passes the end, the silence and the error of its source on', async () => {
    const credits = new CreditWindow(1);
    const nothing = deliver<number>(() => undefined, credits);
    expect(await lastValueFrom(EMPTY.pipe(nothing, toArray()))).toEqual([]);
    const failure = new Error('source');
    await expect(lastValueFrom(concat(throwError(() => failure)).pipe(nothing))).rejects.toBe(failure);
    const seen: string[] = [];
    const silent = NEVER.pipe(nothing).subscribe({ complete: () => seen.push('complete') });
    await turn();
    silent.unsubscribe();
    expect(seen).toEqual([]);
  });

  test('hands nothing over after it was unsubscribed', async () => {
    const seen: number[] = [];
    const source = new Subject<number>();
    const sink = (i: number): void => void seen.push(i);
    const subscription = source.pipe(deliver(sink, await taken(2))).subscribe();
    source.next(1);
    subscription.unsubscribe();
    source.next(2);
    await turn();
    expect(seen).toEqual([1]);
  });
});
