import { BudgetPlan, surveyPrices } from '#dist/scales/budget-plan.js';
import { budgetSpending } from '#dist/scales/budget-spending.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thrownBy } from '../support/error-code.ts';
import { Random } from '../support/random.ts';

const FINEST = 144;
const prices = surveyPrices(3);
const moment = { timeS: 0, scene: false };

/** How one frame's tokens fall with the price: `busy` tokens at the price 3, less by the power `slope` of it. */
interface Demand {
  readonly busy: number;
  readonly slope: number;
}

const wanted = ({ busy, slope }: Demand, price: number): number => busy * (price / 3) ** -slope;
const whole = (tokens: number): number => Math.max(1, Math.min(FINEST, Math.round(tokens)));

function planOf(frames: readonly Demand[]): BudgetPlan {
  const plan = new BudgetPlan(prices, true);
  for (const frame of frames) plan.add(prices.map((price) => whole(wanted(frame, price))));
  return plan;
}

/** What the frames spend of the budget, each off the plan by up to a share `off` either way. */
function spendAll(frames: readonly Demand[], budget: number, off: number, seed: number): number {
  const random = new Random(seed);
  const rule = budgetSpending(planOf(frames), budget);
  let spent = 0;
  for (const frame of frames) {
    const { price, most } = rule.allow(moment);
    const noise = 1 + off * (2 * random.next() - 1);
    const tokens = Math.min(most, whole(noise * wanted(frame, price)));
    rule.spent(tokens);
    spent += tokens;
  }
  return spent;
}

const demand = fc.record({
  busy: fc.double({ min: 0.1, max: 100, noNaN: true }),
  slope: fc.double({ min: 0.3, max: 1.5, noNaN: true }),
});
const clip = fc.array(demand, { minLength: 1, maxLength: 300, size: 'max' });
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('the rule for a budget', () => {
  test('is never exceeded, whatever the plan had wrong', () => {
    const anyOff = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(clip, share, anyOff, fc.integer(), (frames, part, off, seed) => {
        const budget = Math.floor(frames.length * (1 + part * FINEST));
        expect(spendAll(frames, budget, off, seed)).toBeLessThanOrEqual(budget);
      }),
    );
  });

  test('is used up to a hundredth where the frames want as much, off the plan by a fifth', () => {
    const long = fc.array(demand, { minLength: 100, maxLength: 400, size: 'max' });
    fc.assert(
      fc.property(long, share, fc.integer(), (frames, part, seed) => {
        // Of what the frames take at the lowest price of the plan, three quarters at most.
        const spare = 0.75 * planOf(frames).tokens(0) - frames.length;
        const budget = frames.length + Math.max(0, Math.floor(part * spare));
        expect(spendAll(frames, budget, 0.2, seed)).toBeGreaterThanOrEqual(0.99 * budget);
      }),
    );
  });

  test('asks one price of all frames where the plan is right, but for the last that can buy anything', () => {
    const frames = Array.from({ length: 200 }, (_, i) => ({ busy: i % 10 === 0 ? 90 : 4, slope: 1 }));
    const plan = planOf(frames);
    const rule = budgetSpending(plan, plan.tokens(4));
    for (const frame of frames.slice(0, -1)) {
      const { price } = rule.allow(moment);
      expect(price / prices[4]!).toBeCloseTo(1, 1);
      rule.spent(whole(wanted(frame, price)));
    }
  });

  test('offers what is left over to the last frame that has something to say, even if others rest after it', () => {
    const [busy, resting] = [
      { busy: 20, slope: 1 },
      { busy: 0, slope: 1 },
    ];
    const rule = budgetSpending(planOf([busy, busy, resting, resting]), 80);
    rule.allow(moment);
    rule.spent(9);
    expect(rule.allow(moment)).toEqual({ price: 0, most: 80 - 9 - 2 });
    rule.spent(60);
    for (let i = 0; i < 2; i++) {
      expect(rule.allow(moment).price).toBeGreaterThan(0);
      rule.spent(1);
    }
  });

  test('asks the more the smaller the budget', () => {
    const frames = Array.from({ length: 50 }, () => ({ busy: 20, slope: 1 }));
    const first = (budget: number): number => budgetSpending(planOf(frames), budget).allow(moment).price;
    const asked = [50, 100, 500, 1000, 5000, 7200, 20_000].map(first);
    expect(asked).toEqual(asked.toSorted((a, b) => b - a));
    expect(new Set(asked).size).toBe(asked.length);
  });

  test('leaves each frame one token where the budget is as many as there are frames', () => {
    const frames = Array.from({ length: 20 }, () => ({ busy: 50, slope: 1 }));
    const rule = budgetSpending(planOf(frames), 20);
    for (let i = 0; i < 20; i++) {
      expect(rule.allow(moment).most).toBe(1);
      rule.spent(1);
    }
  });

  test('refuses less than one token a frame, saying both numbers', () => {
    const plan = planOf(Array.from({ length: 20 }, () => ({ busy: 50, slope: 1 })));
    const error = thrownBy(() => budgetSpending(plan, 19));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toMatch(/19.*20/);
    expect(error.mend).toContain('20');
  });

  test('has nothing to say of an input without frames', () => {
    expect(budgetSpending(new BudgetPlan(prices, true), 5).allow(moment).most).toBeGreaterThanOrEqual(1);
  });
});
