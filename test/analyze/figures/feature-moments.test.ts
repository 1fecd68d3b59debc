import { FeatureMoments } from '#dist/analyze/figures/feature-moments.js';
import { describe, expect, test } from 'vitest';
import { Random } from '../../support/random.ts';

const cells = 9;
const channels = 4;

/** Frames whose channels differ in size and mean; the last channel never moves. */
function frames(count: number): Float32Array<ArrayBuffer>[] {
  const random = new Random(3);
  return Array.from({ length: count }, () =>
    random.grid(cells * channels).map((v, i) => [v, 100 * v + 500, 0.01 * v - 7, 5][i % channels]!),
  );
}

function momentsOf(clip: readonly Float32Array[]): FeatureMoments {
  const moments = new FeatureMoments(cells, channels);
  for (const frame of clip) moments.add(frame);
  return moments;
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const at = (clip: readonly Float32Array[], c: number): number[] =>
  clip.flatMap((frame) => Array.from(frame).filter((_, i) => i % channels === c));

describe('the moments of a clip', () => {
  const clip = frames(20);
  const weights = momentsOf(clip).weights();

  test('weigh each live channel by its variance, so that nothing but the means has the error 1', () => {
    let error = 0;
    for (let c = 0; c < channels; c++) {
      const values = at(clip, c);
      const centre = mean(values);
      error += (weights[c]! * values.reduce((sum, v) => sum + (v - centre) ** 2, 0)) / clip.length;
      const variance = mean(values.map((v) => (v - centre) ** 2));
      if (c === 0)
        expect(weights[c]! * variance).toBeCloseTo(
          weights[1]! * mean(at(clip, 1).map((v) => (v - mean(at(clip, 1))) ** 2)),
          6,
        );
    }
    expect(error).toBeCloseTo(1, 4);
  });

  test('give a channel that never moves no weight', () => {
    expect(weights[3]).toBe(0);
  });

  test('know the share of the variance that is change over time', () => {
    let naive = 0;
    for (let i = 0; i < cells * channels; i++) {
      const values = clip.map((frame) => frame[i]!);
      const centre = mean(values);
      naive += weights[i % channels]! * mean(values.map((v) => (v - centre) ** 2));
    }
    expect(momentsOf(clip).changeShare(weights)).toBeCloseTo(naive, 4);
  });

  test('of a clip that stands still have no change, and of one that is a single colour no weight at all', () => {
    const still = momentsOf([clip[0]!, clip[0]!, clip[0]!]);
    expect(still.changeShare(still.weights())).toBeCloseTo(0, 6);
    const flat = momentsOf([new Float32Array(cells * channels).fill(3)]);
    expect([...flat.weights()]).toEqual([0, 0, 0, 0]);
    expect(flat.changeShare(flat.weights())).toBe(0);
  });
});
