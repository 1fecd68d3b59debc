import type { ChangeScore } from '#dist/media/change-score.js';
import { changePolicy } from '#dist/scales/change-policy.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { score } from '../support/change-score.ts';

const ladder = defaultLadder(24);
const options = { price: 25, refreshS: 10, hysteresis: 0.15 };
const tokens = (policy: ReturnType<typeof changePolicy>, of: ChangeScore): number =>
  policy.choose(of).scale?.tokens ?? 0;

/** Scores as the algebra makes them: energies fall from holding over every scale to 0 at the finest. */
const plausible = fc
  .tuple(
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  )
  .map(([holdEnergy, shares]) => {
    let left = holdEnergy;
    const scaleEnergies = [...shares.map((share) => (left *= share)), 0];
    return score({ value: holdEnergy > 0 ? 0.5 : 0, holdEnergy, scaleEnergies });
  });

describe('the change policy', () => {
  test('holds a frame without a significant residual', () => {
    expect(changePolicy(ladder, options).choose(score())).toEqual({ scale: undefined, reason: 'still' });
  });

  test('holds a frame without a significant residual even where the refresh bound has passed', () => {
    expect(changePolicy(ladder, options).choose(score({ staleS: 99 })).scale).toBeUndefined();
  });

  test.each([
    ['first', { first: true }],
    ['cut', { cut: true, holdEnergy: 1 }],
    ['stale', { staleS: 10, holdEnergy: 1 }],
  ] as const)('sends at the ceiling for the reason "%s"', (reason, part) => {
    const choice = changePolicy(ladder, options).choose(score(part));
    expect(choice).toEqual({ scale: ladder.scales.at(-1), reason });
  });

  test('sends one token for a change that one token takes away', () => {
    const light = score({ holdEnergy: 100_000, scaleEnergies: [0, 0, 0, 0] });
    expect(tokens(changePolicy(ladder, options), light)).toBe(1);
  });

  test('sends at the ceiling what no coarser scale can say', () => {
    const busy = score({ holdEnergy: 1e6, scaleEnergies: [1e6, 9e5, 8e5, 0] });
    expect(tokens(changePolicy(ladder, options), busy)).toBe(144);
  });

  test('holds a change that is worth less than running the encoder', () => {
    const faint = score({ holdEnergy: 90, scaleEnergies: [0, 0, 0, 0] });
    expect(changePolicy(ladder, options).choose(faint)).toEqual({ scale: undefined, reason: 'still' });
    const enough = score({ holdEnergy: 101, scaleEnergies: [0, 0, 0, 0] });
    expect(tokens(changePolicy(ladder, options), enough)).toBe(1);
  });

  test('picks the scale of the lowest cost, found by trying all', () => {
    const free = { ...options, hysteresis: 0 };
    fc.assert(
      fc.property(plausible, (of) => {
        const cost = (count: number, energy: number): number => energy + free.price * count;
        const chosen = changePolicy(ladder, free).choose(of).scale;
        const best = Math.min(...ladder.scales.map((s, i) => cost(s.tokens, of.scaleEnergies[i]!)));
        // Running the encoder counts as four tokens.
        if (of.holdEnergy === 0 || of.holdEnergy + free.price <= best + 4 * free.price) expect(chosen).toBeUndefined();
        else expect(cost(chosen!.tokens, of.scaleEnergies[chosen!.level]!)).toBe(best);
      }),
    );
  });

  test('never gives more tokens for the same score at a higher price', () => {
    fc.assert(
      fc.property(
        plausible,
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        (of, price, factor) => {
          const cheap = tokens(changePolicy(ladder, { ...options, price }), of);
          const dear = tokens(changePolicy(ladder, { ...options, price: price * factor }), of);
          expect(dear).toBeLessThanOrEqual(cheap);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('stays at the last scale where a coarser one is hardly cheaper, and goes where it is clearly cheaper', () => {
    // 36 tokens cost 36 · 25 = 900 and 9 cost 225 + the rest.
    const at36 = score({ holdEnergy: 1e6, scaleEnergies: [1e6, 1e6, 0, 0] });
    const hardly = score({ holdEnergy: 1e6, scaleEnergies: [1e6, 600, 0, 0] });
    const clearly = score({ holdEnergy: 1e6, scaleEnergies: [1e6, 500, 0, 0] });
    const policy = changePolicy(ladder, options);
    expect([at36, hardly, clearly, hardly].map((of) => tokens(policy, of))).toEqual([36, 36, 9, 9]);
    const eager = changePolicy(ladder, { ...options, hysteresis: 0 });
    expect([at36, hardly].map((of) => tokens(eager, of))).toEqual([36, 9]);
  });

  test('does not hesitate to go finer', () => {
    const policy = changePolicy(ladder, options);
    const at9 = score({ holdEnergy: 1e6, scaleEnergies: [1e6, 0, 0, 0] });
    const at36 = score({ holdEnergy: 1e6, scaleEnergies: [1e6, 676, 0, 0] });
    expect([at9, at36].map((of) => tokens(policy, of))).toEqual([9, 36]);
  });

  test('keeps no significant residual for longer than the refresh bound and one frame', () => {
    const step = fc.record({ of: plausible, intervalS: fc.double({ min: 0.001, max: 3, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 200 }), (steps) => {
        const policy = changePolicy(ladder, { ...options, price: 1e7, refreshS: 2 });
        let since: number | undefined;
        let now = 0;
        for (const { of, intervalS } of steps) {
          now += intervalS;
          since = of.holdEnergy > 0 ? (since ?? now) : undefined;
          const staleS = since === undefined ? 0 : now - since;
          expect(staleS).toBeLessThan(2 + intervalS);
          if (policy.choose({ ...of, staleS }).scale?.tokens === 144) since = undefined;
        }
      }),
    );
  });

  test('has a state of its own in every stream', () => {
    const at36 = score({ holdEnergy: 1e6, scaleEnergies: [1e6, 1e6, 0, 0] });
    const hardly = score({ holdEnergy: 1e6, scaleEnergies: [1e6, 600, 0, 0] });
    const [a, b] = [changePolicy(ladder, options), changePolicy(ladder, options)];
    expect(tokens(a, at36)).toBe(36);
    expect(tokens(a, hardly)).toBe(36);
    expect(tokens(b, hardly)).toBe(9);
  });

  test('sends less under pressure: never more tokens than without, and what must go out still at the ceiling', () => {
    fc.assert(
      fc.property(plausible, fc.double({ min: 0, max: 1, noNaN: true }), (of, pressure) => {
        const [calm, pressed] = [changePolicy(ladder, options), changePolicy(ladder, options)];
        expect(pressed.choose(of, pressure).scale?.tokens ?? 0).toBeLessThanOrEqual(tokens(calm, of));
      }),
    );
    for (const part of [{ first: true }, { cut: true }, { staleS: 10, holdEnergy: 1 }]) {
      expect(changePolicy(ladder, options).choose(score(part), 1).scale).toBe(ladder.scales.at(-1));
    }
  });

  test('lowers the scale before it drops the frame', () => {
    const detail = score({ holdEnergy: 40_000, scaleEnergies: [20_000, 4000, 1200, 0] });
    const at = (pressure: number): number => changePolicy(ladder, options).choose(detail, pressure).scale?.tokens ?? 0;
    const sizes = [0, 0.25, 0.5, 0.75, 1].map(at);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(sizes[0]).toBeGreaterThan(sizes.at(-1)!);
    expect(sizes.at(-1)).toBeGreaterThan(0);
  });
});
