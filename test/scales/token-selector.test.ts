import { ChannelSpread } from '#dist/scales/channel-spread.js';
import { PERSISTENCE } from '#dist/scales/feature-residual.js';
import { fidelitySpending } from '#dist/scales/fidelity-spending.js';
import { makeLadder } from '#dist/scales/ladder.js';
import type { LayoutName } from '#dist/scales/layout.js';
import { cellOf, levelOf } from '#dist/scales/scale-tree.js';
import type { Moment, SpendingRule } from '#dist/scales/spending.js';
import { TokenSelector } from '#dist/scales/token-selector.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featureClip } from '../support/feature-clips.ts';
import { blockMeans, distance, norm, worst } from '../support/naive-scales.ts';

const SIDE = 12;
const CHANNELS = 4;
const ladder = makeLadder(24, [1, 9, 36, 144]);
const layouts = ['uniform', 'tree'] as const;
const layout = fc.constantFrom<LayoutName>(...layouts);
const clipOf = (seed: number, frames: number) =>
  featureClip({ seed, frames, side: SIDE, channels: CHANNELS, noise: 0.2, moving: true, cutEvery: 7 });
const at = (index: number): Moment => ({ timeS: index / 4, scene: index % 7 === 0 });

/** What float32 makes of the squared error of a frame. */
const rounding = (x: Float32Array): number => 1e-9 * norm(x);

/** Sends what is to be sent of a frame, rounded no further than float32; rests where there are no features. */
function send(selector: TokenSelector, features: Float32Array | undefined, moment: Moment): number {
  const positions = features ? selector.select(features, moment) : selector.rest(moment);
  if (positions) selector.received(positions, selector.tokensAt(positions));
  else selector.received(new Int32Array(0), selector.grid.held);
  return positions?.length ?? 1;
}

describe('a token selector', () => {
  test('makes its tokens from the block means of the frame', () => {
    fc.assert(
      fc.property(fc.integer(), layout, (seed, shape) => {
        const selector = new TokenSelector(ladder, CHANNELS, shape, fidelitySpending(1));
        for (const [i, x] of clipOf(seed, 5).entries()) {
          const positions = selector.select(x, at(i));
          const tokens = selector.tokensAt(positions);
          for (const [row, position] of positions.entries()) {
            const means = blockMeans(x, SIDE, ladder.scales[levelOf(position)]!.side, CHANNELS);
            const mean = means.slice(cellOf(position) * CHANNELS, (cellOf(position) + 1) * CHANNELS);
            expect(worst(tokens.subarray(row * CHANNELS, (row + 1) * CHANNELS), mean)).toBeLessThan(1e-4);
          }
          selector.received(positions, tokens);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('takes other constants than those that ship: what is not expected to stay is worth fewer tokens', () => {
    const [x] = clipOf(3, 1);
    const spent = (first: number): number => {
      const tuning = { ...PERSISTENCE, first };
      const selector = new TokenSelector(ladder, CHANNELS, 'tree', fidelitySpending(8), undefined, tuning);
      return selector.select(x!, at(0)).length;
    };
    expect(spent(0)).toBeLessThan(spent(PERSISTENCE.first));
    const shipped = new TokenSelector(ladder, CHANNELS, 'tree', fidelitySpending(8));
    expect(shipped.select(x!, at(0))).toHaveLength(spent(PERSISTENCE.first));
  });

  test.each(layouts)('tells its rule of every frame once, in order, and of what it spent: %s', (shape) => {
    const calls: unknown[] = [];
    const rule: SpendingRule = {
      allow: (moment) => {
        calls.push(moment);
        return { price: 2, most: 40 };
      },
      spent: (tokens) => calls.push(tokens),
    };
    const selector = new TokenSelector(ladder, CHANNELS, shape, rule);
    const expected: unknown[] = [];
    for (const [i, x] of clipOf(3, 12).entries()) {
      const tokens = send(selector, i % 3 === 2 ? undefined : x, at(i));
      expect(tokens).toBeLessThanOrEqual(40);
      expected.push(at(i), tokens);
    }
    expect(calls).toEqual(expected);
  });

  test('asks more of a token under pressure, but not of a scene that is new', () => {
    fc.assert(
      fc.property(fc.integer(), layout, fc.integer({ min: 0, max: 13 }), (seed, shape, last) => {
        const [calm, pressed] = layouts.map(() => new TokenSelector(ladder, CHANNELS, shape, fidelitySpending(0.2)));
        const clip = clipOf(seed, last + 1);
        for (const [i, x] of clip.slice(0, last).entries()) {
          expect(send(calm!, x, at(i))).toBe(send(pressed!, x, { ...at(i), pressure: 0 }));
        }
        const without = send(calm!, clip[last], at(last));
        const under = send(pressed!, clip[last], { ...at(last), pressure: 1 });
        if (at(last).scene) expect(under).toBe(without);
        else expect(under).toBeLessThanOrEqual(without);
      }),
      { numRuns: 60 },
    );
  });

  test('sends fewer tokens of a busy clip under pressure', () => {
    const tokens = (pressure: number): number => {
      const selector = new TokenSelector(ladder, CHANNELS, 'tree', fidelitySpending(0.2));
      return clipOf(1, 30).reduce((sum, x, i) => sum + send(selector, x, { ...at(i), pressure }), 0);
    };
    expect(tokens(1)).toBeLessThan(0.8 * tokens(0));
  });

  test('sends one token of the newest frame where it rests in the tree, and never gets worse by it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (seed, rests) => {
        const selector = new TokenSelector(ladder, CHANNELS, 'tree', fidelitySpending(20));
        const [x] = clipOf(seed, 1);
        send(selector, x, at(0));
        let left = distance(x!, selector.grid.held);
        for (let i = 1; i <= rests; i++) {
          expect(send(selector, undefined, { timeS: i / 4, scene: false })).toBe(1);
          const now = distance(x!, selector.grid.held);
          expect(now).toBeLessThanOrEqual(left + rounding(x!));
          left = now;
        }
      }),
      { numRuns: 30 },
    );
  });

  test('says nothing new where it rests in the uniform layout, or before the first frame', () => {
    const uniform = new TokenSelector(ladder, CHANNELS, 'uniform', fidelitySpending(2));
    send(uniform, clipOf(1, 1)[0], at(0));
    const before = uniform.grid.held.slice();
    expect(uniform.rest({ timeS: 1, scene: false })).toBeUndefined();
    expect(uniform.grid.held).toEqual(before);
    expect(new TokenSelector(ladder, CHANNELS, 'tree', fidelitySpending(2)).rest(at(0))).toBeUndefined();
  });

  test('settles on one token a frame where nothing moves, and comes nearer with each frame', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.5, max: 30, noNaN: true }), (seed, price) => {
        const selector = new TokenSelector(ladder, CHANNELS, 'tree', fidelitySpending(price));
        const [x] = featureClip({ seed, frames: 1, side: SIDE, channels: CHANNELS });
        const counts: number[] = [];
        let left = distance(x!, selector.grid.held);
        // As long as what stays grows in worth, ever smaller residuals become worth their price.
        const grown = PERSISTENCE.cap / PERSISTENCE.slope;
        for (let i = 0; i < grown + 20; i++) {
          counts.push(send(selector, x, { timeS: i / 4, scene: i === 0 }));
          const now = distance(x!, selector.grid.held);
          expect(now).toBeLessThanOrEqual(left + rounding(x!));
          left = now;
        }
        expect(counts.slice(-10)).toEqual(Array(10).fill(1));
        expect(left).toBeLessThan(0.5 * norm(x!));
      }),
      { numRuns: 15 },
    );
  });

  test.each(layouts)('leaves no more of any frame unsaid than the bound on its error: %s', (shape) => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.02, max: 0.8, noNaN: true }), (seed, tau) => {
        const selector = new TokenSelector(ladder, CHANNELS, shape, fidelitySpending(30, tau));
        const spread = new ChannelSpread(CHANNELS);
        for (const [i, x] of clipOf(seed, 10).entries()) {
          spread.learn(x);
          send(selector, x, at(i));
          let left = 0;
          for (let k = 0; k < x.length; k++) {
            left += spread.weights[k % CHANNELS]! * (x[k]! - selector.grid.held[k]!) ** 2;
          }
          expect(left / SIDE ** 2).toBeLessThan(tau + 1e-4);
        }
      }),
      { numRuns: 15 },
    );
  });
});
