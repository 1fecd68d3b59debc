import { CreditWindow } from '#dist/flow/credit-window.js';
import type { Frame } from '#dist/media/frame.js';
import { decode } from '#dist/operators/decode.js';
import type { TakenCounts } from '#dist/operators/decode.js';
import { concatMap, lastValueFrom, tap, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { PaintedSource } from '../support/painted-source.ts';
import type { Painting } from '../support/painted-source.ts';
import { solid } from '../support/picture.ts';
import { sleep, until } from '../support/sleep.ts';

const black = solid(4, [0, 0, 0]);
const source = (count: number, more: Partial<Painting> = {}) =>
  new PaintedSource({ count, paint: () => black, ...more });

/** Decodes with a sink that is slower than any source: frames that came out, and frames let go before them. */
async function slowly(from: PaintedSource, counts?: TakenCounts) {
  const credits = new CreditWindow(1);
  const sink = concatMap(async ({ droppedBefore }: Frame) => {
    await sleep(2);
    credits.give();
    return droppedBefore;
  });
  const dropped = await lastValueFrom(decode(from, credits, counts).pipe(sink, toArray()));
  return { frames: dropped.length, dropped: dropped.reduce((sum, each) => sum + each, 0) };
}

describe('decode', () => {
  test('gives every frame of a file in order', async () => {
    const credits = new CreditWindow(4);
    const file = source(30);
    const frames = await lastValueFrom(
      decode(file, credits).pipe(
        tap(() => credits.give()),
        toArray(),
      ),
    );
    expect(frames.map(({ index, droppedBefore }) => [index, droppedBefore])).toEqual(
      Array.from({ length: 30 }, (_, i) => [i, 0]),
    );
    expect(file).toMatchObject({ opened: 1, closed: 1 });
  });

  test('lets a file wait for credits', async () => {
    const file = source(100);
    const subscription = decode(file, new CreditWindow(5)).subscribe();
    await sleep(50);
    expect(file.counts.decoded).toBe(5);
    subscription.unsubscribe();
    await until(() => file.closed === 1);
  });

  test('drains a camera whatever the sink does, and counts what it lets go', async () => {
    const camera = source(60, { live: true, everyMs: 1 });
    const credits = new CreditWindow(2);
    const slow = concatMap(async (frame: Frame) => {
      await sleep(10);
      credits.give();
      return frame;
    });
    const frames = await lastValueFrom(decode(camera, credits).pipe(slow, toArray()));
    const dropped = frames.reduce((sum, { droppedBefore }) => sum + droppedBefore, 0);
    expect(dropped).toBeGreaterThan(0);
    expect(frames.length + dropped).toBe(60);
    expect(frames.at(-1)!.index).toBe(59);
    let next = 0;
    for (const { index, droppedBefore } of frames) {
      expect(index).toBe(next + droppedBefore);
      next = index + 1;
    }
  });

  test('reads a camera on while the sink takes nothing', async () => {
    const camera = source(Infinity, { live: true, everyMs: 1 });
    const subscription = decode(camera, new CreditWindow(1)).subscribe();
    await until(() => camera.counts.decoded > 20);
    subscription.unsubscribe();
    await until(() => camera.closed === 1);
  });

  test.each([true, false])(
    'frees a source that is parked in a read when it is unsubscribed (live: %s)',
    async (live) => {
      const silent = source(2, { live, everyMs: 3_600_000 });
      const subscription = decode(silent, new CreditWindow(1)).subscribe();
      await until(() => silent.opened === 1);
      subscription.unsubscribe();
      await until(() => silent.closed === 1);
    },
  );

  test.each([true, false])('gives the error of a source after its frames (live: %s)', async (live) => {
    const failure = new Error('damaged');
    const broken = source(3, { live, failure });
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      const credits = new CreditWindow(8);
      decode(broken, credits).subscribe({
        next: ({ index }) => {
          seen.push(index);
          credits.give();
        },
        error: (error: unknown) => {
          seen.push(error);
          resolve();
        },
      });
    });
    expect(seen).toEqual([0, 1, 2, failure]);
    expect(broken.closed).toBe(1);
  });

  test('counts what was taken, of a file and of a camera, and not what the live edge let go', async () => {
    for (const live of [false, true]) {
      const counts = { inFlight: 0, clockJumps: 0 };
      const { frames, dropped } = await slowly(source(30, { live }), counts);
      expect(counts).toEqual({ inFlight: frames, clockJumps: 0 });
      expect(frames + dropped).toBe(30);
      expect(dropped > 0).toBe(live);
    }
  });

  test('gives the pixels back of what the live edge let go', async () => {
    const camera = source(40, { live: true });
    const { frames } = await slowly(camera);
    expect(camera.recycled).toBeGreaterThan(0);
    expect(camera.recycled).toBe(40 - frames);
  });

  test('adds what a decoder let go itself to what is let go here', async () => {
    // Of every three frames that the camera made, its decoder let two go.
    const { frames, dropped } = await slowly(source(40, { live: true, part: () => ({ droppedBefore: 2 }) }));
    expect(frames).toBeLessThan(40);
    expect(frames + dropped).toBe(3 * 40);
  });

  test('sets the clock of a camera straight and counts it; a file keeps its pts', async () => {
    const looped = (i: number) => ({ pts: BigInt(i % 5) * 3600n });
    const ptsOf = async (live: boolean) => {
      const counts = { inFlight: 0, clockJumps: 0 };
      const credits = new CreditWindow(16);
      const frames = decode(source(15, { live, everyMs: 2, part: looped }), credits, counts);
      const given = frames.pipe(tap(() => credits.give()));
      const all = await lastValueFrom(given.pipe(toArray()));
      return { pts: all.map(({ pts }) => pts), jumps: counts.clockJumps };
    };
    const camera = await ptsOf(true);
    expect(camera.pts.every((pts, i) => i === 0 || pts > camera.pts[i - 1]!)).toBe(true);
    expect(camera.jumps).toBe(2);
    const file = await ptsOf(false);
    expect(file).toEqual({ pts: Array.from({ length: 15 }, (_, i) => looped(i).pts), jumps: 0 });
  });
});
