import { CreditWindow } from '#dist/flow/credit-window.js';
import { fromPull } from '#dist/flow/from-pull.js';
import fc from 'fast-check';
import { concatMap, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { sleep, turn, until } from '../support/sleep.ts';

/** Gives `count` numbers; counts what was pulled and says when it was closed. */
function counter(count: number, delayMs = 0) {
  const seen = { pulled: 0, opened: 0, closed: 0 };
  async function* open(signal: AbortSignal): AsyncGenerator<number, void, undefined> {
    seen.opened++;
    try {
      for (let i = 0; i < count && !signal.aborted; i++) {
        if (delayMs > 0) await sleep(delayMs, signal);
        seen.pulled++;
        yield i;
      }
    } finally {
      seen.closed++;
    }
  }
  return { seen, open };
}

describe('a pulled source', () => {
  test('gives everything in order, completes and is closed', async () => {
    const { seen, open } = counter(20);
    const credits = new CreditWindow(3);
    const all = fromPull(open, credits).pipe(
      concatMap(async (item) => {
        await turn();
        credits.give();
        return item;
      }),
      toArray(),
    );
    expect(await lastValueFrom(all)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(seen).toEqual({ pulled: 20, opened: 1, closed: 1 });
    expect(credits.inFlight).toBe(0);
  });

  test('may be empty', async () => {
    const { seen, open } = counter(0);
    const credits = new CreditWindow(1);
    expect(await lastValueFrom(fromPull(open, credits).pipe(toArray()))).toEqual([]);
    expect(seen.closed).toBe(1);
    expect(credits.inFlight).toBe(0);
  });

  test('never runs ahead of the sink by more than the window', async () => {
    const timing = fc.record({
      window: fc.integer({ min: 1, max: 6 }),
      sourceMs: fc.integer({ min: 0, max: 3 }),
      sinkMs: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 5, maxLength: 15 }),
    });
    await fc.assert(
      fc.asyncProperty(timing, async ({ window, sourceMs, sinkMs }) => {
        const { seen, open } = counter(sinkMs.length, sourceMs);
        const credits = new CreditWindow(window);
        let delivered = 0;
        const ahead: number[] = [];
        const sink = concatMap(async (i: number) => {
          await sleep(sinkMs[i]!);
          ahead.push(seen.pulled - delivered);
          delivered++;
          credits.give();
        });
        await lastValueFrom(fromPull(open, credits).pipe(sink));
        expect(delivered).toBe(sinkMs.length);
        expect(Math.max(...ahead)).toBeLessThanOrEqual(window);
        expect(credits.peak).toBeLessThanOrEqual(window);
        expect(credits.inFlight).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  test('stops pulling where no credit comes back', async () => {
    const { seen, open } = counter(100);
    const subscription = fromPull(open, new CreditWindow(4)).subscribe();
    await sleep(20);
    expect(seen.pulled).toBe(4);
    subscription.unsubscribe();
    await until(() => seen.closed === 1);
    expect(seen.pulled).toBe(4);
  });

  test('is woken out of a read by unsubscribing, and its finally runs', async () => {
    let parked = false;
    let closed = false;
    async function* camera(signal: AbortSignal): AsyncGenerator<number, void, undefined> {
      try {
        yield 1;
        parked = true;
        await sleep(3_600_000, signal);
      } finally {
        closed = true;
      }
    }
    const credits = new CreditWindow(4);
    const seen: number[] = [];
    const subscription = fromPull(camera, credits).subscribe((item) => seen.push(item));
    await until(() => parked);
    subscription.unsubscribe();
    await until(() => closed);
    expect(seen).toEqual([1]);
    // The credit of the read that was woken is back; the one of the item that nobody delivered is not.
    await until(() => credits.inFlight === 1);
  });

  test('gives nothing any more once it was unsubscribed, even where an item was on its way', async () => {
    let release = (): void => undefined;
    async function* slow(): AsyncGenerator<number, void, undefined> {
      await new Promise<void>((resolve) => (release = resolve));
      yield 1;
    }
    const credits = new CreditWindow(1);
    const seen: unknown[] = [];
    const subscription = fromPull(slow, credits).subscribe({
      next: (item) => seen.push(item),
      complete: () => seen.push('complete'),
    });
    await turn();
    subscription.unsubscribe();
    release();
    await until(() => credits.inFlight === 0);
    expect(seen).toEqual([]);
  });

  test('is closed after the last item that the consumer wanted', async () => {
    const { seen, open } = counter(100);
    expect(await lastValueFrom(fromPull(open, new CreditWindow(8)).pipe(take(2), toArray()))).toEqual([0, 1]);
    await until(() => seen.closed === 1);
    expect(seen.pulled).toBe(2);
  });

  test('passes its error on and gives the credit of the failed read back', async () => {
    const failure = new Error('broken');
    async function* broken(): AsyncGenerator<number, void, undefined> {
      yield 1;
      await turn();
      throw failure;
    }
    const credits = new CreditWindow(4);
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      fromPull(broken, credits).subscribe({
        next: (item) => {
          seen.push(item);
          credits.give();
        },
        error: (error: unknown) => {
          seen.push(error);
          resolve();
        },
      });
    });
    expect(seen).toEqual([1, failure]);
    expect(credits.inFlight).toBe(0);
  });

  test('has its error wait for the items that are still on their way to the sink', async () => {
    async function* broken(): AsyncGenerator<number, void, undefined> {
      for (let i = 0; i < 4; i++) {
        await turn();
        yield i;
      }
      throw new Error('broken');
    }
    const credits = new CreditWindow(8);
    const delivered: number[] = [];
    const slow = concatMap(async (item: number) => {
      await sleep(5);
      delivered.push(item);
      credits.give();
      return item;
    });
    await expect(lastValueFrom(fromPull(broken, credits).pipe(slow))).rejects.toThrow('broken');
    expect(delivered).toEqual([0, 1, 2, 3]);
  });

  test('that cannot even be opened is an error of the stream', async () => {
    const failure = new Error('no such thing');
    const open = (): AsyncIterable<number> => {
      throw failure;
    };
    await expect(firstValueFrom(fromPull(open, new CreditWindow(1)))).rejects.toBe(failure);
  });

  test('is opened anew by every subscription', async () => {
    const { seen, open } = counter(3);
    const pulled = fromPull(open, new CreditWindow(100)).pipe(toArray());
    expect(seen.opened).toBe(0);
    expect(await lastValueFrom(pulled)).toEqual([0, 1, 2]);
    expect(await lastValueFrom(pulled)).toEqual([0, 1, 2]);
    expect(seen).toEqual({ pulled: 6, opened: 2, closed: 2 });
  });
});
