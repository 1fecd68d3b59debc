import { fixedPolicy } from '#dist/scales/fixed-policy.js';
import { expect, test } from 'vitest';
import { score } from '../support/change-score.ts';

test('the fixed policy gives every frame the same scale', () => {
  const scale = { level: 1, side: 3, tokens: 9 };
  const policy = fixedPolicy(scale);
  for (const part of [{ first: true }, { cut: true }, { holdEnergy: 0 }, { holdEnergy: 1e9, staleS: 100 }]) {
    expect(policy.choose(score(part))).toEqual({ scale, reason: 'fixed' });
  }
});
