import { SteadyClock } from '#dist/flow/steady-clock.js';
import type { TimedFrame } from '#dist/flow/steady-clock.js';
import type { Timebase } from '#dist/media/timebase.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const timebase = { num: 1, den: 90_000 };
const START_US = 1_800_000_000_000_000n;
/** Ticks of 90 kHz and microseconds of one frame at 25 frames a second. */
const [TICKS, MICROSECONDS] = [3600n, 40_000n];

/** Frames at 25 a second by the wall clock, with these pts. */
const at25 = (pts: readonly bigint[]): TimedFrame[] =>
  pts.map((each, i) => ({ pts: each, timebase, wallclockUs: START_US + BigInt(i) * MICROSECONDS }));
const run = (frames: readonly TimedFrame[], clock = new SteadyClock()): bigint[] =>
  frames.map((frame) => clock.steady(frame));
const steps = (pts: readonly bigint[]): bigint[] => pts.slice(1).map((each, i) => each - pts[i]!);
const count = (n: number, from = 0n): bigint[] => Array.from({ length: n }, (_, i) => from + BigInt(i) * TICKS);

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const anyTimebase: fc.Arbitrary<Timebase> = fc.record({
  num: fc.integer({ min: 1, max: 1001 }),
  den: fc.integer({ min: 1, max: 1_000_000_000 }),
});

describe('a steady clock', () => {
  test('gives ascending pts whatever goes in: any pts, any wall clock, any timebase', () => {
    const anyFrames = anyTimebase.chain((base) =>
      fc.array(fc.record({ pts: int64, timebase: fc.constant(base), wallclockUs: int64 }), { maxLength: 60 }),
    );
    fc.assert(
      fc.property(anyFrames, (frames) => {
        for (const step of steps(run(frames))) expect(step > 0n).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('leaves pts alone that ascend by no more than the time that passed, and some seconds', () => {
    const gaps = fc.array(
      fc.record({
        ticks: fc.bigInt({ min: 1n, max: 900_000n }),
        passedUs: fc.bigInt({ min: 0n, max: 3_600_000_000n }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(int64, gaps, (first, all) => {
        let [pts, wallclockUs] = [first, START_US];
        const frames = [{ pts, timebase, wallclockUs }];
        for (const { ticks, passedUs } of all) {
          [pts, wallclockUs] = [pts + ticks, wallclockUs + passedUs];
          frames.push({ pts, timebase, wallclockUs });
        }
        const clock = new SteadyClock();
        expect(run(frames, clock)).toEqual(frames.map((frame) => frame.pts));
        expect(clock.jumps).toBe(0);
      }),
    );
  });

  test.each([
    ['33-bit counter of MPEG-TS', 2n ** 33n],
    ['32-bit counter of RTP', 2n ** 32n],
  ])('goes on over the wrap of a %s at the pace of the camera', (_, modulus) => {
    const clock = new SteadyClock();
    const wrapped = count(100, modulus - 50n * TICKS - 7n).map((pts) => pts % modulus);
    const out = run(at25(wrapped), clock);
    expect(steps(out)).toEqual(Array<bigint>(99).fill(TICKS));
    expect(clock.jumps).toBe(1);
  });

  test('goes on by the time that passed after any leap, then at the distances of its input', () => {
    const leap = fc.oneof(
      fc.bigInt({ min: -(2n ** 40n), max: -TICKS }),
      fc.bigInt({ min: 15n * 90_000n, max: 2n ** 40n }),
    );
    fc.assert(
      fc.property(leap, fc.integer({ min: 1, max: 20 }), (by, at) => {
        const clock = new SteadyClock();
        const leapt = count(40).map((pts, i) => (i < at ? pts : pts + by));
        expect(steps(run(at25(leapt), clock))).toEqual(Array<bigint>(39).fill(TICKS));
        expect(clock.jumps).toBe(1);
      }),
    );
  });

  test('takes a real pause for what it is: the clock of the camera went on with that of the wall', () => {
    const clock = new SteadyClock();
    const hour = { pts: 3600n * 90_000n, timebase, wallclockUs: START_US + 3_600_000_000n };
    expect(run([...at25([0n]), hour], clock)).toEqual([0n, 3600n * 90_000n]);
    expect(clock.jumps).toBe(0);
  });

  test('steps by one tick where the pts stands still and no time passed', () => {
    const still = { pts: 5n, timebase, wallclockUs: START_US };
    expect(run([still, still, still])).toEqual([5n, 6n, 7n]);
  });

  test('goes by the clock of this machine where a frame has no time of its own', () => {
    const clock = new SteadyClock();
    expect(clock.steady({ pts: 10n, timebase })).toBe(10n);
    const next = clock.steady({ pts: 10n ** 12n, timebase });
    expect(next > 10n && next < 10n ** 9n).toBe(true);
    expect(clock.jumps).toBe(1);
  });

  test('counts every leap', () => {
    const clock = new SteadyClock();
    run(at25([0n, TICKS, 0n, TICKS, 10n ** 9n, 10n ** 9n + TICKS, 0n]), clock);
    expect(clock.jumps).toBe(3);
  });
});
