import { TreeCutter } from '#dist/scales/cut-tree.js';
import { FeatureResidual } from '#dist/scales/feature-residual.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { ReceiverGrid } from '#dist/scales/receiver-grid.js';
import { cellOf, levelOf, scaleTree } from '#dist/scales/scale-tree.js';
import { TreeLayout, errorLeft } from '#dist/scales/tree-layout.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAntichain } from '../support/cuts.ts';
import { featureClip } from '../support/feature-clips.ts';
import { blockMeans } from '../support/naive-scales.ts';

const SIDE = 12;
const CHANNELS = 4;
const ladder = makeLadder(SIDE, [1, 9, 36, 144]);
const tree = scaleTree(ladder);

/** A frame of a clip of which the receiver was told the first frames in some cells: what is left to say then. */
function someFrame(seed: number, told: readonly number[]) {
  const frames = featureClip({
    seed,
    frames: 6,
    side: SIDE,
    channels: CHANNELS,
    noise: 0.3,
    moving: true,
    cutEvery: 4,
  });
  const residual = new FeatureResidual(ladder, tree, CHANNELS);
  const grid = new ReceiverGrid(ladder, CHANNELS);
  for (const [i, x] of frames.entries()) {
    residual.spread.learn(x);
    residual.observe(x, grid.held, i % 4 === 0);
    if (i === frames.length - 1) break;
    const level = told[i] ?? 0;
    const { side, tokens } = ladder.scales[level]!;
    const means = Float32Array.from(blockMeans(x, SIDE, side, CHANNELS));
    for (let cell = 0; cell < tokens; cell += 2) {
      grid.receive(level * 1024 + cell, means, cell * CHANNELS, (at, delta) => residual.sent(at, delta));
    }
  }
  return { x: frames.at(-1)!, residual, grid };
}

/** Mean weighted square of what the receiver has wrong of a frame once these tokens went out, by definition. */
function errorAfter({ x, residual, grid }: ReturnType<typeof someFrame>, positions: Iterable<number>): number {
  const { weights } = residual.spread;
  for (const position of positions) {
    const means = Float32Array.from(blockMeans(x, SIDE, ladder.scales[levelOf(position)]!.side, CHANNELS));
    grid.receive(position, means, cellOf(position) * CHANNELS);
  }
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += weights[i % CHANNELS]! * (x[i]! - grid.held[i]!) ** 2;
  return sum / SIDE ** 2;
}

const seed = fc.integer();
const told = fc.array(fc.nat(3), { maxLength: 5 });
const price = fc.double({ min: 1e-3, max: 50, noNaN: true });
const tau = fc.double({ min: 1e-4, max: 1, noNaN: true });

describe('the tree layout', () => {
  test('has one token at least, no more than it may, and none twice, whatever the price and the bound', () => {
    const most = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 200 }), fc.constant(Infinity));
    fc.assert(
      fc.property(seed, told, price, most, fc.option(tau), (start, levels, at, limit, bound) => {
        const { residual } = someFrame(start, levels);
        const positions = new TreeLayout(tree).choose(residual, {
          price: at,
          most: limit,
          ...(bound !== null && { tau: bound }),
        });
        expect(positions.length).toBeGreaterThanOrEqual(1);
        expect(positions.length).toBeLessThanOrEqual(limit);
        expect(isAntichain(ladder, positions)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('is the cheapest cut at the price where nothing bounds it', () => {
    const cutter = new TreeCutter(tree);
    fc.assert(
      fc.property(seed, told, price, (start, levels, at) => {
        const { residual } = someFrame(start, levels);
        const count = cutter.count(residual.gains, at);
        const positions = new TreeLayout(tree).choose(residual, { price: at, most: Infinity });
        if (count > 0) expect([...positions]).toEqual([...cutter.leaves()]);
        else expect(positions).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });

  test('uses what it may where it may not have all, and no worse than any cut that fits', () => {
    const cutter = new TreeCutter(tree);
    const worth = ({ gains }: FeatureResidual, positions: Iterable<number>): number =>
      [...positions].reduce((sum, position) => sum + gains[levelOf(position)]![cellOf(position)]!, 0);
    fc.assert(
      fc.property(seed, told, fc.integer({ min: 1, max: 60 }), price, (start, levels, limit, other) => {
        const { residual } = someFrame(start, levels);
        const got = new TreeLayout(tree).choose(residual, { price: 1e-6, most: limit });
        if (cutter.count(residual.gains, other) > limit) return;
        const slack = 1e-6 * residual.energy + 1e-6 * limit;
        expect(worth(residual, got)).toBeGreaterThanOrEqual(worth(residual, cutter.leaves()) - slack);
      }),
      { numRuns: 100 },
    );
  });

  test('uses all that it may of tokens that gain the same', () => {
    const residual = new FeatureResidual(ladder, tree, CHANNELS);
    residual.gains.at(-1)!.fill(2);
    for (let limit = 1; limit <= 144; limit++) {
      const positions = new TreeLayout(tree).choose(residual, { price: 1, most: limit });
      expect(positions).toHaveLength(limit);
      expect(isAntichain(ladder, positions)).toBe(true);
    }
  });

  test('stays with one token where only all of its children together are worth more, and not all may go', () => {
    const small = makeLadder(2, [1, 4]);
    const residual = new FeatureResidual(small, scaleTree(small), CHANNELS);
    residual.gains[0]!.fill(100);
    residual.gains[1]!.fill(30);
    const chosen = (most: number): number[] => [
      ...new TreeLayout(scaleTree(small)).choose(residual, { price: 1, most }),
    ];
    expect(chosen(3)).toEqual([0]);
    expect(chosen(4)).toEqual([1024, 1025, 1026, 1027]);
  });

  test('leaves no more unsaid than it may: the finest level would say everything', () => {
    fc.assert(
      fc.property(seed, told, price, tau, (start, levels, at, bound) => {
        const frame = someFrame(start, levels);
        const positions = new TreeLayout(tree).choose(frame.residual, { price: at, most: Infinity, tau: bound });
        expect(errorAfter(frame, positions)).toBeLessThan(bound + 1e-5 * frame.residual.energy);
      }),
      { numRuns: 60 },
    );
  });

  test('says no more for a bound that its price meets anyway', () => {
    fc.assert(
      fc.property(seed, told, price, (start, levels, at) => {
        const { residual } = someFrame(start, levels);
        const free = [...new TreeLayout(tree).choose(residual, { price: at, most: Infinity })];
        const left = errorLeft(residual, Int32Array.from(free));
        const bounded = new TreeLayout(tree).choose(residual, { price: at, most: Infinity, tau: left + 1e-6 });
        expect([...bounded]).toEqual(free);
      }),
      { numRuns: 60 },
    );
  });

  test('knows what it leaves: as much as the receiver has wrong then', () => {
    fc.assert(
      fc.property(seed, told, price, (start, levels, at) => {
        const frame = someFrame(start, levels);
        const positions = new TreeLayout(tree).choose(frame.residual, { price: at, most: Infinity });
        const foretold = errorLeft(frame.residual, positions);
        expect(Math.abs(errorAfter(frame, positions) - foretold)).toBeLessThan(1e-4 * frame.residual.energy);
      }),
      { numRuns: 60 },
    );
  });

  test('sends the token that gains most where none is worth its price', () => {
    fc.assert(
      fc.property(seed, told, (start, levels) => {
        const { residual } = someFrame(start, levels);
        const positions = new TreeLayout(tree).choose(residual, { price: 1e9, most: Infinity });
        const best = Math.max(0, ...residual.gains.flatMap((gains) => [...gains]));
        expect(positions).toHaveLength(1);
        const gain = residual.gains[levelOf(positions[0]!)]![cellOf(positions[0]!)]!;
        if (best > 0) expect(gain).toBe(best);
        else expect(positions[0]).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
