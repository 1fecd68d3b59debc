import { layoutOf, ladderOf, policyOf, selectorOf } from '#dist/pipeline/choosers.js';
import { parsePipelineOptions } from '#dist/pipeline/pipeline-options.js';
import type { PipelineOptionsInput } from '#dist/pipeline/pipeline-options.js';
import { BudgetPlan } from '#dist/scales/budget-plan.js';
import { describe, expect, test } from 'vitest';
import { score } from '../support/change-score.ts';
import { codeOf, thrownBy } from '../support/error-code.ts';
import { featureClip } from '../support/feature-clips.ts';

describe('what the options name', () => {
  const tokens = (options: PipelineOptionsInput, gridSide = 24): number[] =>
    ladderOf(parsePipelineOptions(options), gridSide).scales.map((scale) => scale.tokens);

  test('is the default ladder of the grid, or the one that is given', () => {
    expect(tokens({})).toEqual([1, 9, 36, 144]);
    expect(tokens({}, 16)).toEqual([1, 4, 16, 64]);
    expect(tokens({ ladder: [1, 36, 576] })).toEqual([1, 36, 576]);
    expect(codeOf(() => tokens({ ladder: [1, 36] }, 16))).toBe('LADDER_INVALID');
  });

  test('is a ladder that ends at the finest scale that may be sent', () => {
    expect(tokens({ maxScale: 576 })).toEqual([1, 9, 36, 144, 576]);
    expect(tokens({ maxScale: 36 })).toEqual([1, 9, 36]);
    expect(tokens({ ladder: [1, 4, 64], maxScale: 4 })).toEqual([1, 4]);
    for (const options of [{ maxScale: 64 }, { ladder: [1, 4], maxScale: 9 }]) {
      expect(codeOf(() => tokens(options))).toBe('LADDER_INVALID');
    }
  });

  test('is a policy with a state of its own', () => {
    const options = parsePipelineOptions({});
    const ladder = ladderOf(options, 24);
    expect(policyOf(options, ladder)).not.toBe(policyOf(options, ladder));
    expect(policyOf(options, ladder).choose(score({ first: true }))).toMatchObject({ reason: 'first' });
  });

  test('is a fixed scale of the ladder, and of nothing else', () => {
    const options = parsePipelineOptions({ policy: 'fixed:36' });
    expect(policyOf(options, ladderOf(options, 24)).choose(score())).toMatchObject({ scale: { tokens: 36 } });
    expect(codeOf(() => policyOf(options, ladderOf(options, 16)))).toBe('LADDER_INVALID');
  });

  test('changes what the policy does', () => {
    const light = score({ holdEnergy: 1000, scaleEnergies: [0, 0, 0, 0] });
    const sent = (price: number): boolean => {
      const options = parsePipelineOptions({ price });
      return policyOf(options, ladderOf(options, 24)).choose(light).scale !== undefined;
    };
    expect([sent(25), sent(1000)]).toEqual([true, false]);
  });
});

describe('where features decide', () => {
  const fidelity = parsePipelineOptions({ policy: 'fidelity' });
  const ladder = ladderOf(fidelity, 24);
  const parsed = [
    { policy: 'fidelity' },
    { policy: 'rate', tokensPerSecond: 40 },
    { policy: 'budget', budget: 400 },
  ].map((options) => parsePipelineOptions(options));

  test('pixels say only whether the encoder must run, and then it runs for the finest scale', () => {
    for (const options of parsed) {
      const gate = policyOf(options, ladder);
      expect(gate.choose(score({ first: true }))).toMatchObject({ scale: { tokens: 144 } });
      expect(gate.choose(score({ holdEnergy: options.gate * 1.01 }))).toMatchObject({ scale: { tokens: 144 } });
      expect(gate.choose(score({ holdEnergy: options.gate * 0.99 }))).toMatchObject({ scale: undefined });
    }
  });

  test('every frame runs the encoder where the plan of a budget was made so', () => {
    const [, , budget] = parsed;
    const still = score({ holdEnergy: 0 });
    expect(policyOf(budget!, ladder, new BudgetPlan([3], false)).choose(still)).toMatchObject({
      scale: { tokens: 144 },
    });
    expect(policyOf(budget!, ladder, new BudgetPlan([3], true)).choose(still).scale).toBeUndefined();
  });

  test('a tree is cut unless whole frames are asked for', () => {
    expect(parsed.map(layoutOf)).toEqual(['tree', 'tree', 'tree']);
    expect(parsed.map((options) => layoutOf({ ...options, layout: 'uniform' }))).toEqual(Array(3).fill('uniform'));
    expect(['change', 'fixed:9'].map((policy) => layoutOf(parsePipelineOptions({ policy })))).toEqual([
      'uniform',
      'uniform',
    ]);
  });

  test('there is a selector with a state of its own, and elsewhere none', () => {
    expect(selectorOf(fidelity, ladder, 4)).not.toBe(selectorOf(fidelity, ladder, 4));
    expect(selectorOf(fidelity, ladder, 4)).toMatchObject({ layoutName: 'tree', channels: 4, scales: [1, 9, 36, 144] });
    for (const policy of ['change', 'fixed:9']) {
      expect(selectorOf(parsePipelineOptions({ policy }), ladder, 4)).toBeUndefined();
    }
  });

  test('the price, the bound on the error and the ceiling change what the selector sends', () => {
    const [x] = featureClip({ seed: 1, frames: 1, side: 12, channels: 4 });
    const sent = (options: PipelineOptionsInput): number =>
      selectorOf(parsePipelineOptions(options), ladder, 4)!.select(x!, { timeS: 0, scene: true }).length;
    const plain = sent({ policy: 'fidelity', price: 4 });
    expect(sent({ policy: 'fidelity', price: 40 })).toBeLessThan(plain);
    expect(sent({ policy: 'fidelity', price: 40, tau: 0.01 })).toBeGreaterThan(plain);
    expect(sent({ policy: 'rate', price: 0.01, tokensPerSecond: 4, burstS: 5 })).toBeLessThanOrEqual(20);
  });

  test('a budget needs the plan of its input, and one token for each of its frames', () => {
    const [, , budget] = parsed;
    const missing = thrownBy(() => selectorOf(budget!, ladder, 4));
    expect(missing.code).toBe('OPTION_INVALID');
    expect(missing.mend).toContain('surveyBudget');
    const plan = new BudgetPlan([3], true);
    for (let frame = 0; frame < 400; frame++) plan.add([1]);
    expect(codeOf(() => selectorOf(budget!, ladder, 4, plan))).toBeUndefined();
    plan.add([1]);
    expect(codeOf(() => selectorOf(budget!, ladder, 4, plan))).toBe('OPTION_INVALID');
  });
});
