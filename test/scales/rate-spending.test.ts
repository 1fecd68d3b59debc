import { rateSpending } from '#dist/scales/rate-spending.js';
import type { RateOptions } from '#dist/scales/rate-spending.js';
import type { Allowance, Moment } from '#dist/scales/spending.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** One frame of a stream, and what it would like to spend. */
interface Wish extends Moment {
  readonly tokens: number;
}

/** What became of it. */
interface Spent extends Wish, Allowance {}

/** Lets every frame have what it wishes as far as it is allowed. */
function spendAll(options: RateOptions, wishes: readonly Wish[]): Spent[] {
  const rule = rateSpending(options);
  return wishes.map((wish) => {
    const allowance = rule.allow(wish);
    const tokens = Math.max(1, Math.min(wish.tokens, allowance.most));
    rule.spent(tokens);
    return { ...wish, ...allowance, tokens };
  });
}

/** How far the busiest stretch is above what may be spent in it, tokens; `extra` may be spent on top by each frame. */
function excess(spent: readonly Spent[], { tokensPerSecond, burstS }: RateOptions, extra: number): number {
  let worst = -Infinity;
  for (const [from, { timeS }] of spent.entries()) {
    let tokens = 0;
    for (const frame of spent.slice(from)) {
      tokens += frame.tokens - extra;
      worst = Math.max(worst, tokens - tokensPerSecond * (frame.timeS - timeS + burstS));
    }
  }
  return worst;
}

const options: fc.Arbitrary<RateOptions> = fc.record({
  tokensPerSecond: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 400 })),
  burstS: fc.oneof(fc.double({ min: 0.1, max: 20, noNaN: true }), fc.constantFrom(1, 5)),
  price: fc.double({ min: 0.01, max: 100, noNaN: true }),
  sceneTokens: fc.constantFrom(1, 64, 144, 576),
});

const wish = fc.record({
  gap: fc.oneof(
    { weight: 20, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 60, noNaN: true }) },
  ),
  scene: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  tokens: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 2000 })),
});

const wishes = fc.array(wish, { minLength: 1, maxLength: 60, size: 'max' });

/** Frames with these gaps between them, each at least `least` seconds. */
function wishesFrom(steps: readonly { gap: number; scene: boolean; tokens: number }[], least: number): Wish[] {
  let timeS = 0;
  return steps.map(({ gap, scene, tokens }) => ({ timeS: (timeS += Math.max(least, gap)), scene, tokens }));
}

describe('the rule for a rate', () => {
  test('lets no stretch of time cost more than the ceiling and one burst, where frames do not outrun it', () => {
    fc.assert(
      fc.property(options, wishes, (given, steps) => {
        const { tokensPerSecond } = given;
        const wished = { ...given, burstS: Math.max(given.burstS, 2 / tokensPerSecond) };
        const spent = spendAll(wished, wishesFrom(steps, 1 / tokensPerSecond));
        expect(excess(spent, wished, 0)).toBeLessThan(1e-6);
      }),
      { numRuns: 300 },
    );
  });

  test('lets it cost one token a frame more where they do, and nothing else', () => {
    fc.assert(
      fc.property(options, wishes, (given, steps) => {
        const spent = spendAll(given, wishesFrom(steps, 0));
        expect(excess(spent, given, 1)).toBeLessThan(1e-6);
      }),
      { numRuns: 300 },
    );
  });

  test('gives a cut its reserve again, however greedy the frames since the last one were', () => {
    fc.assert(
      fc.property(options, wishes, (given, steps) => {
        const { tokensPerSecond, sceneTokens } = given;
        const wished = { ...given, burstS: Math.max(given.burstS, 2 / tokensPerSecond) };
        const reserve = Math.min(sceneTokens, (tokensPerSecond * wished.burstS) / 2);
        const refillS = (4 * reserve) / tokensPerSecond;
        let lastCut = -Infinity;
        for (const { timeS, scene, most } of spendAll(wished, wishesFrom(steps, 4 / (3 * tokensPerSecond)))) {
          if (!scene) continue;
          // A clock of floating point is a little early at times.
          if (timeS - lastCut >= refillS + 1e-9) expect(most).toBeGreaterThanOrEqual(Math.floor(reserve - 1e-9));
          lastCut = timeS;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('asks its own price of a full purse, a higher one of an emptier one, and its own again after a rest', () => {
    const given = { tokensPerSecond: 100, burstS: 5, price: 3, sceneTokens: 144 };
    const rule = rateSpending(given);
    const prices: number[] = [];
    for (let frame = 0; frame < 8; frame++) {
      prices.push(rule.allow({ timeS: frame / 10, scene: false }).price);
      rule.spent(50);
    }
    expect(prices[0]).toBe(given.price);
    for (const [i, price] of prices.entries()) if (i > 0) expect(price).toBeGreaterThan(prices[i - 1]!);
    expect(rule.allow({ timeS: 60, scene: false })).toEqual({ price: given.price, most: 100 * 5 - 144 });
  });

  test('does not make a cut pay for what was spent before it', () => {
    const rule = rateSpending({ tokensPerSecond: 100, burstS: 5, price: 3, sceneTokens: 144 });
    rule.spent(rule.allow({ timeS: 0, scene: false }).most);
    const ordinary = rule.allow({ timeS: 0, scene: false });
    expect(ordinary).toMatchObject({ most: 1 });
    rule.spent(1);
    expect(rule.allow({ timeS: 0, scene: true })).toEqual({ price: 3, most: 144 });
  });

  test('is poor and not broken after a clock that stood still or went back', () => {
    const rule = rateSpending({ tokensPerSecond: 10, burstS: 1, price: 3, sceneTokens: 1 });
    for (const timeS of [5, 5, 4, 4, 5]) {
      const { most, price } = rule.allow({ timeS, scene: false });
      expect(most).toBeGreaterThanOrEqual(1);
      expect(price).toBeLessThan(Infinity);
      rule.spent(most);
    }
    expect(rule.allow({ timeS: 5, scene: false }).most).toBe(1);
  });
});
