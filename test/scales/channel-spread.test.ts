import { ChannelSpread } from '#dist/scales/channel-spread.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

const seeds = fc.integer();
const channelCounts = fc.integer({ min: 1, max: 9 });

/** `[cells, channels]` whose channels differ tenfold in size. */
function makeFeatures(random: Random, cells: number, channels: number): Float32Array<ArrayBuffer> {
  return random.grid(cells * channels).map((value, i) => (value + 2) * 10 ** ((i % channels) % 2));
}

/** Variance of each channel over all rows, in two passes. */
function variances(features: ArrayLike<number>, channels: number): number[] {
  const rows = features.length / channels;
  return Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c; i < features.length; i += channels) sum += features[i]!;
    let squares = 0;
    for (let i = c; i < features.length; i += channels) squares += (features[i]! - sum / rows) ** 2;
    return squares / rows;
  });
}

describe('the spread of the channels', () => {
  test('weighs each channel by its variance over all cells and frames so far, as two passes find it', () => {
    fc.assert(
      fc.property(
        seeds,
        channelCounts,
        fc.integer({ min: 10, max: 49 }),
        fc.integer({ min: 1, max: 8 }),
        (seed, channels, cells, count) => {
          const random = new Random(seed);
          const spread = new ChannelSpread(channels);
          const all: number[] = [];
          for (let t = 0; t < count; t++) {
            const features = makeFeatures(random, cells, channels);
            spread.learn(features);
            all.push(...features);
            for (const [c, variance] of variances(all, channels).entries()) {
              expect(spread.weights[c]! * variance * channels).toBeCloseTo(1, 5);
            }
          }
        },
      ),
    );
  });

  test('gives the cells of a first frame the mean energy 1, however many channels there are', () => {
    fc.assert(
      fc.property(seeds, channelCounts, fc.integer({ min: 50, max: 600 }), (seed, channels, cells) => {
        const features = makeFeatures(new Random(seed), cells, channels);
        const spread = new ChannelSpread(channels);
        spread.learn(features);
        const energy = variances(features, channels).reduce((sum, v, c) => sum + v * spread.weights[c]!, 0);
        expect(energy).toBeCloseTo(1, 5);
      }),
    );
  });

  test('gives a dead channel no weight, and the live ones all of it', () => {
    fc.assert(
      fc.property(seeds, fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 7 }), (seed, dead) => {
        const features = makeFeatures(new Random(seed), 100, 8).map((value, i) => (dead.includes(i % 8) ? 1.3 : value));
        const spread = new ChannelSpread(8);
        spread.learn(features);
        const found = variances(features, 8);
        for (const [c, weight] of spread.weights.entries()) {
          if (dead.includes(c)) expect(weight).toBe(0);
          else expect(weight * found[c]! * (8 - dead.length)).toBeCloseTo(1, 5);
        }
      }),
    );
  });

  test('weighs nothing where nothing differs', () => {
    const spread = new ChannelSpread(3);
    spread.learn(new Float32Array(30).fill(0.1));
    spread.learn(new Float32Array(30).fill(0.1));
    expect([...spread.weights]).toEqual([0, 0, 0]);
  });

  test('looks at each cell of a large grid within seven frames', () => {
    const base = new Random(2).grid(576 * 2);
    const learnSeven = (features: Float32Array): number => {
      const spread = new ChannelSpread(2);
      spread.learn(base);
      for (let t = 0; t < 7; t++) spread.learn(features);
      return spread.weights[0]!;
    };
    const unchanged = learnSeven(base);
    fc.assert(
      fc.property(fc.nat(575), (cell) => {
        const features = base.slice();
        features[cell * 2] = 50;
        expect(learnSeven(features)).toBeLessThan(0.9 * unchanged);
      }),
    );
  });

  test('forgets an old scene for a new one', () => {
    const random = new Random(9);
    const [old, next] = [random.grid(40 * 2), random.grid(40 * 2).map((value, i) => value * (i % 2 === 0 ? 5 : 0.2))];
    const spread = new ChannelSpread(2);
    for (let t = 0; t < 1000; t++) spread.learn(old);
    for (let t = 0; t < 3000; t++) spread.learn(next);
    for (const [c, variance] of variances(next, 2).entries()) {
      expect(spread.weights[c]! * variance * 2).toBeCloseTo(1, 2);
    }
  });

  test('reads the features and leaves them as they are', () => {
    const features = new Random(4).grid(60 * 3);
    const before = features.slice();
    new ChannelSpread(3).learn(features);
    expect(features).toEqual(before);
  });
});
