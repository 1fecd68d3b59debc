import { fidelitySpending } from '#dist/scales/fidelity-spending.js';
import { expect, test } from 'vitest';

test('the rule for fidelity allows every frame the same, whatever was spent', () => {
  for (const [price, tau] of [[3], [3, 0.2]] as const) {
    const rule = fidelitySpending(price, tau);
    const expected = { price, most: Infinity, ...(tau !== undefined && { tau }) };
    for (const [timeS, scene] of [
      [0, true],
      [0.1, false],
      [99, true],
    ] as const) {
      expect(rule.allow({ timeS, scene })).toEqual(expected);
      rule.spent(576);
    }
  }
});
