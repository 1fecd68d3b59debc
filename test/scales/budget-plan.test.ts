import { BudgetPlan, surveyPrices } from '#dist/scales/budget-plan.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('the prices of a survey', () => {
  test('lie evenly around the price of the policy in their logarithm, ascending, each another one', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e4, noNaN: true }), (price) => {
        const prices = surveyPrices(price);
        const steps = prices.slice(1).map((next, i) => next / prices[i]!);
        expect(prices[(prices.length - 1) / 2]).toBe(price);
        for (const step of steps) {
          expect(step).toBeGreaterThan(1);
          expect(step / steps[0]!).toBeCloseTo(1, 9);
        }
      }),
    );
  });
});

describe('a budget plan', () => {
  const prices = [1, 2, 4];
  const counts = fc.array(fc.tuple(...prices.map(() => fc.integer({ min: 1, max: 1024 }))), {
    maxLength: 3000,
    size: 'max',
  });

  test('knows what any stretch of the input costs at each price, however long it has grown', () => {
    fc.assert(
      fc.property(counts, fc.nat(), fc.nat(), (frames, a, b) => {
        const plan = new BudgetPlan(prices, true);
        for (const tokens of frames) plan.add(tokens);
        expect(plan.frames).toBe(frames.length);
        const [from, to] = [a % (frames.length + 1), b % (frames.length + 1)].sort((x, y) => x - y) as [number, number];
        for (const i of prices.keys()) {
          const column = frames.map((tokens) => tokens[i]!);
          expect(plan.tokens(i)).toBe(column.reduce((sum, n) => sum + n, 0));
          expect(plan.tokens(i, from, to)).toBe(column.slice(from, to).reduce((sum, n) => sum + n, 0));
        }
      }),
      { numRuns: 20 },
    );
  });
});
