import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadQualityBench } from '../../support/quality-bench.ts';
import type { Point } from '../../support/quality-bench.ts';

const { bdRate, frontier } = await loadQualityBench();

const point = fc.record({
  tokensPerFrame: fc.double({ min: 0.1, max: 600, noNaN: true }),
  nmse: fc.double({ min: 0.01, max: 1.5, noNaN: true }),
});
const points = fc.array(point, { minLength: 1, maxLength: 12 });

function scaled(curve: Point[], factor: number): Point[] {
  return curve.map(({ tokensPerFrame, nmse }) => ({ tokensPerFrame: factor * tokensPerFrame, nmse }));
}

/** log(tokens) by a walk along the points; for the naive integral. */
function logTokens(curve: Point[], nmse: number): number {
  for (let i = 1; i < curve.length; i++) {
    const [a, b] = [curve[i - 1]!, curve[i]!];
    if (nmse > b.nmse) continue;
    const share = (nmse - a.nmse) / (b.nmse - a.nmse);
    return Math.log(a.tokensPerFrame) + share * Math.log(b.tokensPerFrame / a.tokensPerFrame);
  }
  throw new RangeError(`${nmse} is outside the curve`);
}

describe('the rate difference of two curves', () => {
  test('is nothing between a curve and itself', () => {
    fc.assert(
      fc.property(points, (curve) => {
        expect(bdRate(curve, curve).percent).toBeCloseTo(0, 9);
      }),
    );
  });

  test('is the share of tokens saved where theirs costs a multiple of ours everywhere', () => {
    fc.assert(
      fc.property(points, fc.double({ min: 0.1, max: 10, noNaN: true }), (curve, factor) => {
        expect(bdRate(curve, scaled(curve, factor)).percent).toBeCloseTo(100 * (1 - 1 / factor), 6);
      }),
    );
    const curve = [
      { tokensPerFrame: 144, nmse: 0.2 },
      { tokensPerFrame: 10, nmse: 0.5 },
    ];
    expect(bdRate(curve, scaled(curve, 2)).percent).toBeCloseTo(50, 9);
  });

  test('undoes itself when the curves change places', () => {
    fc.assert(
      fc.property(points, points, (a, b) => {
        const [there, back] = [bdRate(a, b), bdRate(b, a)];
        expect(back.percent === undefined).toBe(there.percent === undefined);
        fc.pre(there.percent !== undefined && back.percent !== undefined);
        expect((1 - there.percent / 100) * (1 - back.percent / 100)).toBeCloseTo(1, 6);
      }),
    );
  });

  test('is the mean of the log ratio over the shared range, as a fine sum gives it', () => {
    fc.assert(
      fc.property(points, points, (ours, theirs) => {
        const { percent, covered } = bdRate(ours, theirs);
        const [a, b] = [frontier(ours), frontier(theirs)];
        fc.pre(percent !== undefined && covered !== undefined && covered.to - covered.from > 0.05);
        const steps = 20_000;
        let mean = 0;
        for (let i = 0; i < steps; i++) {
          const nmse = covered.from + ((i + 0.5) / steps) * (covered.to - covered.from);
          mean += (logTokens(a, nmse) - logTokens(b, nmse)) / steps;
        }
        expect(Math.log(1 - percent / 100)).toBeCloseTo(mean, 2);
      }),
      { numRuns: 30 },
    );
  });

  test('says which part of their curve it speaks of', () => {
    const ours = [
      { tokensPerFrame: 100, nmse: 0.3 },
      { tokensPerFrame: 10, nmse: 0.5 },
    ];
    const theirs = [
      { tokensPerFrame: 200, nmse: 0.1 },
      { tokensPerFrame: 20, nmse: 0.6 },
    ];
    const { covered } = bdRate(ours, theirs);
    expect(covered!.from).toBe(0.3);
    expect(covered!.to).toBe(0.5);
    expect(covered!.share).toBeCloseTo(0.4, 9);
  });

  test('compares a single operating point with the curve at its distortion', () => {
    const theirs = [{ tokensPerFrame: 10, nmse: 0.4 }];
    const ours = [
      { tokensPerFrame: 16, nmse: 0.3 },
      { tokensPerFrame: 1, nmse: 0.5 },
    ];
    expect(bdRate(ours, theirs).percent).toBeCloseTo(60, 9);
    expect(bdRate(ours, theirs).covered!.share).toBe(1);
  });

  test('does not exist where no distortion is reached by both, but tells a curve that is beaten throughout', () => {
    const good = [
      { tokensPerFrame: 9, nmse: 0.1 },
      { tokensPerFrame: 4, nmse: 0.2 },
    ];
    const bad = [
      { tokensPerFrame: 90, nmse: 0.3 },
      { tokensPerFrame: 5, nmse: 0.4 },
    ];
    const cheap = [{ tokensPerFrame: 1, nmse: 0.9 }];
    expect(bdRate(good, bad)).toEqual({ percent: undefined, covered: undefined, dominated: 'theirs' });
    expect(bdRate(bad, good).dominated).toBe('ours');
    expect(bdRate(good, cheap)).toEqual({ percent: undefined, covered: undefined, dominated: undefined });
    expect(bdRate([], good).percent).toBeUndefined();
  });

  test('refuses a point whose logarithm does not exist, and names it', () => {
    const sound = [{ tokensPerFrame: 1, nmse: 0.5 }];
    expect(() => bdRate([{ tokensPerFrame: 0, nmse: 0.5 }], sound)).toThrow(/^0 tokens at an nmse of 0\.5/);
    expect(() => bdRate(sound, [{ tokensPerFrame: 3, nmse: NaN }])).toThrow(/nmse of NaN/);
  });
});

describe('the frontier of a curve', () => {
  test('holds exactly the points that no other point beats', () => {
    fc.assert(
      fc.property(points, (curve) => {
        const kept = frontier(curve);
        const beats = (a: Point, b: Point): boolean =>
          a.tokensPerFrame <= b.tokensPerFrame &&
          a.nmse <= b.nmse &&
          (a.tokensPerFrame < b.tokensPerFrame || a.nmse < b.nmse);
        for (const p of curve) {
          const beaten = curve.some((other) => beats(other, p));
          const there = kept.some((k) => k.tokensPerFrame === p.tokensPerFrame && k.nmse === p.nmse);
          expect(there).toBe(!beaten);
        }
      }),
    );
  });

  test('falls in tokens as it rises in distortion', () => {
    fc.assert(
      fc.property(points, (curve) => {
        const kept = frontier(curve);
        for (let i = 1; i < kept.length; i++) {
          expect(kept[i]!.nmse).toBeGreaterThan(kept[i - 1]!.nmse);
          expect(kept[i]!.tokensPerFrame).toBeLessThan(kept[i - 1]!.tokensPerFrame);
        }
      }),
    );
  });
});
