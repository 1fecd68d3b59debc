import { makeLadder, scaleOf } from '#dist/scales/ladder.js';
import { ReceiverState } from '#dist/scales/receiver-state.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distance } from '../../support/naive-scales.ts';
import { loadQualityBench, randomClip, sum } from '../../support/quality-bench.ts';
import type { Run } from '../../support/quality-bench.ts';

const bench = await loadQualityBench();
const { oracleGap, receiverOracle, shuffledSelf, uniformRun } = bench;
const LADDER = [1, 9, 36, 144];
const scales = fc.constantFrom(...LADDER);
const budgets = fc.double({ min: 1, max: 150, noNaN: true });

/** Every choice of a scale for each frame. */
function allPlans(length: number): number[][] {
  if (length === 0) return [[]];
  return allPlans(length - 1).flatMap((plan) => LADDER.map((scale) => [...plan, scale]));
}

/** The least error of all plans within the budget. */
function bruteForce(plans: Run[], budget: number): number {
  return Math.min(...plans.filter((run) => sum(run.tokens) <= budget).map((run) => sum(run.errors)));
}

describe('uniform scales under the receiver that keeps older detail', () => {
  test('leave the error that the receiver itself has', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(scales, { minLength: 1, maxLength: 8 }), (seed, plan) => {
        const clip = randomClip(seed, plan.length, 24, 3);
        const ladder = makeLadder(24, LADDER);
        const state = new ReceiverState(ladder, 3);
        const { errors } = uniformRun(clip, plan, LADDER);
        for (const [t, frame] of clip.frames.entries()) {
          state.send(frame, scaleOf(ladder, plan[t]!));
          expect(errors[t]! / distance(frame, state.held)).toBeCloseTo(1, 3);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('are scales of the ladder, one for each frame', () => {
    const clip = randomClip(1, 2);
    expect(() => uniformRun(clip, [1, 17], LADDER)).toThrow(/^17 tokens are no scale of the ladder 1, 9, 36, 144/);
    expect(() => uniformRun(clip, [1], LADDER)).toThrow(/2 frames and 1 scales/);
  });
});

describe('the planner of scales', () => {
  test('finds the plan that is best at a price, of all there are', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.01, max: 30, noNaN: true }), (seed, price) => {
        const clip = randomClip(seed, 4);
        const cost = (plan: number[]): number => sum(uniformRun(clip, plan, LADDER).errors) + price * sum(plan);
        const planner = new bench.ScalePlanner(bench.pieceDistances(clip, LADDER, 99));
        const best = Math.min(...allPlans(4).map(cost));
        expect(cost(planner.plan(price)) / best).toBeCloseTo(1, 6);
      }),
      { numRuns: 40 },
    );
  });

  test('works with one scale and with two', () => {
    const clip = randomClip(3, 5);
    for (const ladder of [[1], [1, 144]]) {
      const planner = new bench.ScalePlanner(bench.pieceDistances(clip, ladder, 99));
      const error = (plan: number[]): number => sum(uniformRun(clip, plan, ladder).errors);
      expect(error(planner.plan(1e-9))).toBeCloseTo(error(new Array<number>(5).fill(ladder.at(-1)!)), 6);
      expect(planner.plan(1e9)).toEqual(new Array<number>(5).fill(1));
    }
  });
});

describe('filling a budget up', () => {
  test('never exceeds it, never makes a frame coarser, never makes the clip worse', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(scales, { minLength: 1, maxLength: 9 }), fc.nat(400), (seed, plan, more) => {
        const clip = randomClip(seed, plan.length);
        const budget = sum(plan) + more;
        const filled = bench.fillBudget(bench.pieceDistances(clip, LADDER, 99), plan, budget);
        expect(sum(filled)).toBeLessThanOrEqual(budget);
        for (const [t, scale] of filled.entries()) expect(scale).toBeGreaterThanOrEqual(plan[t]!);
        const [before, after] = [plan, filled].map((scales) => sum(uniformRun(clip, scales, LADDER).errors));
        expect(after).toBeLessThanOrEqual(before! * (1 + 1e-9));
      }),
    );
  });
});

describe('the receiver-state oracle', () => {
  test('keeps to the budget; no plan of uniform scales within it beats its bound', () => {
    fc.assert(
      fc.property(fc.integer(), budgets, (seed, budget) => {
        const clip = randomClip(seed, 4);
        const oracle = receiverOracle(clip, budget);
        const runs = allPlans(4).map((plan) => uniformRun(clip, plan, LADDER));
        const best = bruteForce(runs, 4 * budget);
        expect(sum(oracle.tokens)).toBeLessThanOrEqual(4 * budget);
        expect(oracle.bound!).toBeLessThanOrEqual(best * (1 + 1e-6));
        expect(best).toBeLessThanOrEqual(sum(oracle.errors) * (1 + 1e-9));
      }),
      { numRuns: 25 },
    );
  });

  test('is at least as good as any run that it is given, if that keeps to the budget', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(scales, { minLength: 3, maxLength: 7 }), (seed, plan) => {
        const clip = randomClip(seed, plan.length);
        const run = uniformRun(clip, plan, LADDER);
        const budget = sum(plan) / plan.length;
        const oracle = receiverOracle(clip, budget, { candidates: [run] });
        expect(sum(oracle.errors)).toBeLessThanOrEqual(sum(run.errors));
        const perfect = { ...run, errors: run.errors.map(() => 0) };
        const taken = receiverOracle(clip, budget, { candidates: [perfect] });
        expect(sum(taken.errors)).toBe(0);
        const dear = { ...perfect, tokens: run.tokens.map(() => 999) };
        expect(receiverOracle(clip, budget, { candidates: [dear] })).toEqual(receiverOracle(clip, budget));
      }),
      { numRuns: 30 },
    );
  });

  test('plans a clip that is longer than its lookback, without a bound', () => {
    const clip = randomClip(5, 30);
    const near = receiverOracle(clip, 15, { lookback: 6 });
    const far = receiverOracle(clip, 15);
    expect(near.bound).toBeUndefined();
    expect(sum(near.tokens)).toBeLessThanOrEqual(15 * 30);
    expect(sum(near.errors)).toBeGreaterThanOrEqual(far.bound!);
  });

  test('refuses a budget below the coarsest scale', () => {
    expect(() => receiverOracle(randomClip(1, 3), 0.9)).toThrow(/^0\.9 tokens a frame are not enough/);
  });
});

describe('a policy with its scales shuffled', () => {
  test('sends the same scales, the first of them first, in an order that the seed decides', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(scales, { minLength: 1, maxLength: 12 }), (seed, plan) => {
        const clip = randomClip(7, plan.length);
        const { tokens, errors } = shuffledSelf(clip, plan, seed);
        expect(tokens[0]).toBe(plan[0]);
        expect([...tokens].sort((a, b) => a - b)).toEqual([...plan].sort((a, b) => a - b));
        expect(errors).toEqual(uniformRun(clip, [...tokens], LADDER).errors);
        expect(shuffledSelf(clip, plan, seed)).toEqual({ ...shuffledSelf(clip, plan, seed) });
      }),
    );
    const plan = [144, ...new Array<number>(6).fill(1), ...new Array<number>(6).fill(36)];
    const orders = [1, 2, 3].map((seed) => shuffledSelf(randomClip(8, 13), plan, seed).tokens.join());
    expect(new Set(orders).size).toBe(3);
  });
});

describe('the share of the gap that a policy closes', () => {
  test('is 0 for uniform scales, 1 for the oracle, below 0 for worse, and nothing where there is no gap', () => {
    expect(oracleGap(0.5, 0.5, 0.3)).toBe(0);
    expect(oracleGap(0.5, 0.3, 0.3)).toBe(1);
    expect(oracleGap(0.5, 0.6, 0.3)).toBeCloseTo(-0.5, 9);
    expect(oracleGap(0.3, 0.3, 0.3)).toBeUndefined();
  });
});
