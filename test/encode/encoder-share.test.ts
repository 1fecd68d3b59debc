import { EncoderShare } from '#dist/encode/encoder-share.js';
import type { EncoderSeat } from '#dist/encode/encoder-seat.js';
import { openEncoder } from '#dist/encode/open-encoder.js';
import { FramenestError } from '#dist/errors.js';
import type { VisionEncoder } from '#dist/media/vision-encoder.js';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { quickEncoder } from '../support/quick-encoder.ts';
import { rejection } from '../support/rejection.ts';
import { turn } from '../support/sleep.ts';
import { SteppedEncoder } from '../support/stepped-encoder.ts';
import { FairnessWatch } from './fairness-watch.ts';

/** The `n`-th frame of a seat. */
const frame = (seat: number, n = 0): Uint8Array<ArrayBuffer> => Uint8Array.of(seat, n, 0);

describe('whatever is asked in whatever order', () => {
  const cases = fc.record({
    capacity: fc.integer({ min: 1, max: 5 }),
    weights: fc.array(fc.constantFrom(0.25, 0.5, 1, 1, 2, 3, 10), { minLength: 2, maxLength: 6 }),
    // Each: which seat (or which running frame), and how many frames it sends; none: the encoder finishes one.
    steps: fc.array(fc.tuple(fc.nat(1000), fc.integer({ min: -8, max: 6 })), { maxLength: 120 }),
  });

  test('every seat gets its share to within one frame, and a quiet seat its turn after one frame of each other', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ capacity, weights, steps }) => {
        const watch = new FairnessWatch(weights);
        const encoder = new SteppedEncoder({ capacity, began: ([seat = 0, n = 0]) => watch.began(seat, n) });
        const share = new EncoderShare(encoder);
        const seats = weights.map((weight, i) => share.seat({ name: `camera ${i}`, weight, maxWaiting: 250 }));
        const results: Promise<void>[] = [];
        const send = (i: number): void => {
          const n = watch.asked(i);
          const call = seats[i]!.encode(frame(i, n));
          results.push(call.then(({ data }) => expect([...data]).toEqual([i, n, 0])));
        };
        const finish = async (pick: number): Promise<void> => {
          if (encoder.running === 0) return;
          encoder.finish(pick % encoder.running);
          watch.finished();
          await turn();
        };
        for (const [pick, count] of steps) {
          const seat = pick % seats.length;
          for (let i = 0; i < count && watch.sent(seat) < 250; i++) send(seat);
          if (count <= 0) await finish(pick);
          expect(encoder.running).toBe(Math.min(capacity, encoder.running + watch.waiting));
          expect(seats.map(({ counters }) => counters.waiting)).toEqual(watch.waitingEach);
        }
        while (encoder.running > 0) await finish(0);
        await Promise.all(results);
        expect(watch.waiting).toBe(0);
        expect(seats.map(({ counters }) => counters.frames)).toEqual(weights.map((_, i) => watch.sent(i)));
      }),
    );
  });
});

/** A share of an encoder that has two frames of the first seat and more of them waiting. */
function busyShare(options: { readonly maxWaiting?: number } = {}): {
  encoder: SteppedEncoder;
  share: EncoderShare;
  busy: EncoderSeat;
  calls: Promise<unknown>[];
} {
  const encoder = new SteppedEncoder();
  const share = new EncoderShare(encoder);
  const busy = share.seat({ name: 'busy', ...options });
  const calls = Array.from({ length: 5 }, (_, n) => busy.encode(frame(0, n)));
  return { encoder, share, busy, calls };
}

async function finishAll(encoder: SteppedEncoder): Promise<void> {
  while (encoder.running > 0) {
    encoder.finish();
    await turn();
  }
}

describe('a seat', () => {
  test('has the facts and the device of the encoder', () => {
    const encoder = new SteppedEncoder();
    const { facts, device } = new EncoderShare(encoder).seat({ name: 'one' });
    expect({ facts, device }).toEqual({ facts: encoder.facts, device: 'cpu' });
  });

  test('refuses calls beyond its bound, counts them, and leaves other seats room', async () => {
    const { encoder, share, busy, calls } = busyShare({ maxWaiting: 3 });
    const error = await rejection(busy.encode(frame(0, 9)));
    expect(error.code).toBe('ENCODER_FAILED');
    expect(error.what).toContain('3 frames of the source "busy"');
    expect(busy.counters).toEqual({ frames: 0, waiting: 3, running: 2, refused: 1 });
    const other = share.seat({ name: 'other' }).encode(frame(1));
    await finishAll(encoder);
    await Promise.all([...calls, other]);
    expect(busy.counters).toEqual({ frames: 5, waiting: 0, running: 0, refused: 1 });
  });

  test('tells of every frame that was encoded, and only of those', async () => {
    const told: number[][] = [];
    const encoder = new SteppedEncoder();
    const seat = new EncoderShare(encoder).seat({ name: 'one', onEncoded: (...times) => told.push(times) });
    const calls = Promise.allSettled([0, 1, 2, 3].map((n) => seat.encode(frame(0, n))));
    for (let n = 0; n < 4; n++) {
      encoder.finish(0, n === 3 ? new FramenestError('ENCODER_FAILED', { what: 'No.', mend: 'No.' }) : undefined);
      await turn();
    }
    await calls;
    expect(told).toHaveLength(3);
    for (const [waitedMs, ranMs] of told) {
      expect(waitedMs).toBeGreaterThanOrEqual(0);
      expect(ranMs).toBeGreaterThanOrEqual(0);
    }
  });

  test('keeps the failure of a frame to the call that it concerns', async () => {
    const { encoder, share, calls } = busyShare();
    const other = share.seat({ name: 'other' }).encode(frame(1));
    const settled = Promise.allSettled([...calls, other]);
    encoder.finish(1, new Error('this frame'));
    await turn();
    await finishAll(encoder);
    const results = await settled;
    expect(results.map(({ status }) => status)).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => (i === 1 ? 'rejected' : 'fulfilled')),
    );
    expect(results[1]).toMatchObject({ reason: { message: 'this frame' } });
  });

  test('that is given up lets its calls go with ABORTED and the others go on', async () => {
    const { encoder, share, busy, calls } = busyShare();
    const other = share.seat({ name: 'other' });
    const others = [0, 1].map((n) => other.encode(frame(1, n)));
    const settled: number[] = [];
    for (const [i, call] of calls.entries()) void call.catch(() => settled.push(i));
    let over = false;
    const gone = busy.dispose().then(() => (over = true));
    await turn();
    expect(over).toBe(false);
    // The encoder still has the first two frames: their buffers stay lent.
    expect(settled).toEqual([2, 3, 4]);
    expect(encoder.running).toBe(2);
    await finishAll(encoder);
    await gone;
    await Promise.all(others);
    const results = await Promise.allSettled([...calls, busy.encode(frame(0))]);
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'ABORTED' } });
    expect(busy.counters.frames).toBe(0);
    expect(other.counters.frames).toBe(2);
    await busy.dispose();
    expect(encoder.disposed).toBe(0);
  });

  test.each([{ weight: 0 }, { weight: -1 }, { weight: NaN }, { weight: 1e3 }, { maxWaiting: 0 }])(
    'is refused with %o',
    (options) => {
      const share = new EncoderShare(new SteppedEncoder());
      expect(() => share.seat({ name: 'odd', ...options })).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID' }),
      );
    },
  );
});

describe('the share', () => {
  test('closes the encoder with every seat, and gives no more seats', async () => {
    const { encoder, share, busy, calls } = busyShare();
    await share.dispose();
    for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ reason: { code: 'ABORTED' } });
    expect((await rejection(busy.encode(frame(0)))).code).toBe('ABORTED');
    expect(() => share.seat({ name: 'late' })).toThrow(expect.objectContaining({ code: 'ABORTED' }));
    expect(encoder.disposed).toBe(1);
    await share.dispose();
  });

  test('says when the encoder has given up', async () => {
    const encoder = new SteppedEncoder();
    const share = new EncoderShare(encoder);
    const reason = new FramenestError('ENCODER_FAILED', { what: 'It died.', mend: 'Start anew.' });
    encoder.giveUp(reason);
    expect(await share.failed).toBe(reason);
  });
});

test('eight sources at a real encoder: one that floods it does not make the others wait', async () => {
  const encoder = await openEncoder(await quickEncoder(), { device: 'cpu', threads: 2, lanes: 2 });
  // How many frames of the flood began between the call of each other source and its own turn.
  let floods = 0;
  const floodsAtCall = Array<number>(8).fill(0);
  const overtaken: number[] = [];
  const began = (seat: number): void => {
    if (seat === 0) floods++;
    else overtaken.push(floods - floodsAtCall[seat]!);
  };
  const watched: VisionEncoder = {
    facts: encoder.facts,
    device: encoder.device,
    capacity: encoder.capacity!,
    encode: (rgb, side) => {
      began(rgb[0]! / 30);
      return encoder.encode(rgb, side);
    },
    dispose: () => encoder.dispose(),
  };
  const share = new EncoderShare(watched);
  onTestFinished(() => share.dispose());
  const { inputSide } = encoder.facts;
  const picture = (seat: number): Uint8Array<ArrayBuffer> => new Uint8Array(inputSide ** 2 * 3).fill(seat * 30);
  const alone = await Promise.all(floodsAtCall.map((_, i) => encoder.encode(picture(i), 1)));
  const [flood, ...quiet] = alone.map((_, i) => share.seat({ name: `camera ${i}` }));
  const stop = new AbortController();
  const floodOne = async (): Promise<void> => {
    while (!stop.signal.aborted) await flood!.encode(picture(0), 1);
  };
  // As many as fit: the seat's queue is never empty.
  const flooding = Array.from({ length: 64 }, floodOne);
  const visit = async (seat: EncoderSeat, i: number): Promise<void> => {
    for (let n = 0; n < 20; n++) {
      floodsAtCall[i + 1] = floods;
      const { data } = await seat.encode(picture(i + 1), 1);
      expect(data).toEqual(alone[i + 1]!.data);
      expect(flood!.counters.waiting).toBeGreaterThan(32);
    }
  };
  await Promise.all(quiet.map(visit));
  stop.abort();
  await Promise.all(flooding);
  expect(overtaken).toHaveLength(7 * 20);
  // One while the seat's own last frame still counts, one that starts level with it. First come, first served: 60.
  expect(Math.max(...overtaken)).toBeLessThanOrEqual(2);
  expect(quiet.map(({ counters }) => counters.frames)).toEqual(Array(7).fill(20));
});
