import { keepNewest } from '#dist/flow/keep-newest.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sleep, turn, until } from '../support/sleep.ts';

interface Item {
  readonly index: number;
  readonly droppedBefore: number;
}
const mark = (item: Item, dropped: number): Item => ({ ...item, droppedBefore: item.droppedBefore + dropped });
const item = (index: number): Item => ({ index, droppedBefore: 0 });

/** A camera that gives so many items, one each `ms`, whether anybody looks or not. */
async function* camera(count: number, ms: number): AsyncGenerator<Item, void, undefined> {
  for (let i = 0; i < count; i++) {
    if (ms > 0) await sleep(ms);
    yield item(i);
  }
}

describe('the live edge', () => {
  test('drops nothing for a reader that keeps up', async () => {
    const seen: Item[] = [];
    for await (const got of keepNewest(camera(10, 2), 4, mark)) seen.push(got);
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => item(i)));
  });

  test('lets the oldest go and keeps the newest', async () => {
    const edge = keepNewest(camera(10, 0), 3, mark);
    const first = await edge.next();
    await turn();
    const rest: Item[] = [];
    for await (const got of edge) rest.push(got);
    expect(rest.map(({ index }) => index)).toEqual([7, 8, 9]);
    expect(rest.map(({ droppedBefore }) => droppedBefore)).toEqual([6 - (first.value as Item).index, 0, 0]);
  });

  test('counts exactly: what was given and what was dropped is what was made', async () => {
    const timing = fc.record({
      capacity: fc.integer({ min: 1, max: 4 }),
      count: fc.nat(40),
      sourceMs: fc.nat(1),
      readerMs: fc.array(fc.nat(6), { minLength: 1, maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(timing, async ({ capacity, count, sourceMs, readerMs }) => {
        let next = 0;
        let given = 0;
        for await (const { index, droppedBefore } of keepNewest(camera(count, sourceMs), capacity, mark)) {
          // The gap in the numbers is the count that is told.
          expect(index - next).toBe(droppedBefore);
          next = index + 1;
          await sleep(readerMs[given++ % readerMs.length]!);
        }
        expect(next).toBe(count);
      }),
      { numRuns: 25 },
    );
  });

  test('tells of each item that nobody will get, and counts it for what that says', async () => {
    const letGo: number[] = [];
    const edge = keepNewest(camera(10, 0), 3, mark, ({ index }) => {
      letGo.push(index);
      return 100;
    });
    const given = [(await edge.next()).value as Item];
    await turn();
    for await (const got of edge) given.push(got);
    expect([...given.map(({ index }) => index), ...letGo].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, i) => i),
    );
    const told = given.reduce((sum, { droppedBefore }) => sum + droppedBefore, 0);
    expect(letGo.length).toBeGreaterThan(0);
    expect(told).toBe(100 * letGo.length);
  });

  test('adds to what the source itself let go', async () => {
    async function* lossy(): AsyncGenerator<Item, void, undefined> {
      yield item(0);
      await turn();
      yield { index: 5, droppedBefore: 4 };
      yield { index: 7, droppedBefore: 1 };
    }
    const edge = keepNewest(lossy(), 1, mark);
    await edge.next();
    await sleep(5);
    expect((await edge.next()).value).toEqual({ index: 7, droppedBefore: 2 });
  });

  test('gives what it still keeps when the source ends, then ends', async () => {
    const edge = keepNewest(camera(3, 0), 8, mark);
    await edge.next();
    await turn();
    expect((await edge.next()).value).toEqual(item(1));
    expect((await edge.next()).value).toEqual(item(2));
    expect((await edge.next()).done).toBe(true);
  });

  test('gives what it still keeps when the source breaks, then its error', async () => {
    const failure = new Error('lens cap');
    async function* broken(): AsyncGenerator<Item, void, undefined> {
      yield item(0);
      yield item(1);
      await turn();
      throw failure;
    }
    const edge = keepNewest(broken(), 8, mark);
    expect((await edge.next()).value).toEqual(item(0));
    await sleep(5);
    expect((await edge.next()).value).toEqual(item(1));
    await expect(edge.next()).rejects.toBe(failure);
  });

  test('closes a source that is parked in a read, which its signal wakes', async () => {
    const abort = new AbortController();
    let parked = false;
    let closed = false;
    async function* silent(): AsyncGenerator<Item, void, undefined> {
      try {
        yield item(0);
        parked = true;
        await sleep(3_600_000, abort.signal);
      } finally {
        closed = true;
      }
    }
    const edge = keepNewest(silent(), 2, mark);
    await edge.next();
    await until(() => parked);
    abort.abort();
    expect(await edge.return()).toEqual({ done: true, value: undefined });
    expect(closed).toBe(true);
  });

  test('closes the iterator of a source of any kind', async () => {
    const seen = { reads: 0, returns: 0 };
    const source: AsyncIterable<Item> = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          seen.reads++ === 0 ? Promise.resolve({ done: false, value: item(0) }) : new Promise(() => undefined),
        return: () => {
          seen.returns++;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const edge = keepNewest(source, 2, mark);
    await edge.next();
    await edge.return();
    expect(seen).toEqual({ reads: 2, returns: 1 });
  });

  test('closes the source where the reader leaves its loop', async () => {
    let closed = false;
    let given = 0;
    async function* endless(): AsyncGenerator<Item, void, undefined> {
      try {
        for (let i = 0; ; i++) {
          await sleep(1);
          given++;
          yield item(i);
        }
      } finally {
        closed = true;
      }
    }
    for await (const { index } of keepNewest(endless(), 2, mark)) if (index >= 3) break;
    expect(closed).toBe(true);
    const before = given;
    await sleep(10);
    expect(given).toBe(before);
  });

  test('does not open the source before it is read', async () => {
    let opened = false;
    async function* source(): AsyncGenerator<Item, void, undefined> {
      opened = true;
      yield item(await Promise.resolve(0));
    }
    const edge = keepNewest(source(), 2, mark);
    await turn();
    await edge.return();
    expect(opened).toBe(false);
  });
});
