import { CreditWindow } from '#dist/flow/credit-window.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listenersOf } from '../support/listeners.ts';

const never = new AbortController().signal;

/** Whether a promise has settled once everything that is due now has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe('a credit window', () => {
  test.each([0, -1, 1.5, NaN, Infinity])('of %d credits is refused', (size) => {
    expect(() => new CreditWindow(size)).toThrow(RangeError);
  });

  test('lets so many through and makes the next wait', async () => {
    const credits = new CreditWindow(2);
    expect(await credits.take(never)).toBe(true);
    expect(await credits.take(never)).toBe(true);
    const third = credits.take(never);
    expect(await settled(third)).toBe(false);
    credits.give();
    expect(await third).toBe(true);
    expect(credits.inFlight).toBe(2);
    expect(credits.peak).toBe(2);
  });

  test('serves those who wait in the order in which they came, and nobody passes them', async () => {
    const credits = new CreditWindow(1);
    await credits.take(never);
    const order: number[] = [];
    const takers = [0, 1, 2, 3].map(async (i) => {
      await credits.take(never);
      order.push(i);
      credits.give();
    });
    credits.give();
    const late = credits.take(never).then(() => order.push(9));
    await Promise.all([...takers, late]);
    expect(order).toEqual([0, 1, 2, 3, 9]);
  });

  test('takes nothing for whoever gives up', async () => {
    const credits = new CreditWindow(1);
    await credits.take(never);
    const abort = new AbortController();
    const given = [credits.take(abort.signal), credits.take(abort.signal)];
    const patient = credits.take(never);
    abort.abort();
    expect(await Promise.all(given)).toEqual([false, false]);
    expect(await credits.take(abort.signal)).toBe(false);
    expect(credits.inFlight).toBe(1);
    credits.give();
    expect(await patient).toBe(true);
  });

  test('does not take back what was granted before the signal aborted', async () => {
    const credits = new CreditWindow(1);
    await credits.take(never);
    const abort = new AbortController();
    const second = credits.take(abort.signal);
    credits.give();
    abort.abort();
    expect(await second).toBe(true);
    expect(credits.inFlight).toBe(1);
  });

  test('forgets whoever was served: a later abort touches nobody else and finds no listener', async () => {
    const credits = new CreditWindow(1);
    await credits.take(never);
    const abort = new AbortController();
    const second = credits.take(abort.signal);
    credits.give();
    await second;
    expect(listenersOf(abort.signal)).toBe(0);
    const third = credits.take(never);
    abort.abort();
    credits.give();
    expect(await third).toBe(true);
  });

  test('refuses a credit that nobody took', () => {
    expect(() => new CreditWindow(3).give()).toThrow(RangeError);
  });

  test('is under no pressure while half of it is free, and under all of it when nothing is', async () => {
    const credits = new CreditWindow(4);
    const seen = [credits.pressure];
    for (let i = 0; i < 4; i++) {
      await credits.take(never);
      seen.push(credits.pressure);
    }
    expect(seen).toEqual([0, 0, 0, 0.5, 1]);
    credits.give();
    expect(credits.pressure).toBe(0.5);
  });

  test('is under a pressure of 0 … 1 that never falls as credits are taken, whatever its size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 256 }), async (size) => {
        const credits = new CreditWindow(size);
        for (let before = credits.pressure; credits.inFlight < size; before = credits.pressure) {
          await credits.take(never);
          expect(credits.pressure).toBeGreaterThanOrEqual(before);
          if (credits.inFlight <= size / 2) expect(credits.pressure).toBe(0);
        }
        expect(credits.pressure).toBe(1);
      }),
      { numRuns: 50 },
    );
  });

  test('never has more in flight than its size, and nothing at the end', async () => {
    const step = fc.constantFrom('take', 'give', 'abort', 'wait');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 100 }), async (size, steps) => {
        const credits = new CreditWindow(size);
        let abort = new AbortController();
        const taken: Promise<boolean>[] = [];
        for (const what of steps) {
          if (what === 'take') taken.push(credits.take(abort.signal));
          if (what === 'give' && credits.inFlight > 0) credits.give();
          if (what === 'abort') {
            abort.abort();
            abort = new AbortController();
          }
          if (what === 'wait') await Promise.resolve();
          expect(credits.inFlight).toBeGreaterThanOrEqual(0);
          expect(credits.inFlight).toBeLessThanOrEqual(size);
        }
        abort.abort();
        await Promise.all(taken);
        while (credits.inFlight > 0) credits.give();
        expect(credits.peak).toBeLessThanOrEqual(size);
        expect(await credits.take(never)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
