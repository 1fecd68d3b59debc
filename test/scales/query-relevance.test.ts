import { PatchRelevance } from '#dist/scales/query-relevance.js';
import type { PatchNorm, PatchProjection } from '#dist/scales/query-projection.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

/** The cosine straight from its definition, in float64. */
function slowRelevance(grid: Float32Array, embedding: Float32Array, projection: PatchProjection): number[] {
  const { weights, size, channels, norm } = projection;
  return Array.from({ length: grid.length / channels }, (_, cell) => {
    const row = normed([...grid.subarray(cell * channels, (cell + 1) * channels)], norm);
    const projected = Array.from({ length: size }, (_, i) =>
      row.reduce((sum, value, c) => sum + value * weights[i * channels + c]!, 0),
    );
    const length = Math.hypot(...projected) * Math.hypot(...embedding);
    return length > 0 ? projected.reduce((sum, value, i) => sum + value * embedding[i]!, 0) / length : 0;
  });
}

function normed(row: number[], norm: PatchNorm | undefined): number[] {
  if (!norm) return row;
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return row.map((v, c) => ((v - mean) / Math.sqrt(variance + norm.epsilon)) * norm.weight[c]! + norm.bias[c]!);
}

const random = (length: number, seed: number): Float32Array<ArrayBuffer> => {
  const source = new Random(seed);
  return Float32Array.from({ length }, () => source.gaussian());
};

describe('relevance', () => {
  test('is the cosine of the text with each projected cell, after a norm where there is one', () => {
    const sizes = fc.record({ size: fc.integer({ min: 1, max: 9 }), channels: fc.integer({ min: 1, max: 11 }) });
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.integer(), ({ size, channels }, withNorm, seed) => {
        const norm = { weight: random(channels, seed + 1), bias: random(channels, seed + 2), epsilon: 1e-5 };
        const weights = random(size * channels, seed + 3);
        const projection = { weights, size, channels, ...(withNorm && { norm }) };
        const embedding = random(size, seed + 4);
        const grid = random(6 * channels, seed + 5);
        const scores = new PatchRelevance('x', embedding, projection).relevance(grid);
        for (const [cell, score] of slowRelevance(grid, embedding, projection).entries()) {
          expect(scores[cell]).toBeCloseTo(score, 5);
        }
      }),
    );
  });

  test('of a frame in which some cells moved is that of the frame alone', () => {
    const projection = { weights: random(12, 1), size: 3, channels: 4 };
    const embedding = random(3, 2);
    const grid = random(9 * 4, 3);
    const relevance = new PatchRelevance('x', embedding, projection);
    for (let i = 0; i < 20; i++) {
      grid.set(random(4, 100 + i), (i % 9) * 4);
      expect([...relevance.relevance(grid)]).toEqual([
        ...new PatchRelevance('x', embedding, projection).relevance(grid),
      ]);
    }
    // Another size: another stream's grid.
    expect(relevance.relevance(random(4 * 4, 7))).toHaveLength(4);
  });

  test('projects a grid once for all questions that are asked of it', () => {
    let reads = 0;
    const weights = random(12, 1);
    const projection = {
      size: 3,
      channels: 4,
      get weights() {
        reads++;
        return weights;
      },
    };
    const questions = Array.from({ length: 20 }, (_, i) => new PatchRelevance(`q${i}`, random(3, 10 + i), projection));
    reads = 0;
    for (let frame = 0; frame < 3; frame++) {
      // Two streams through one encoder, in turns.
      const grids = [random(9 * 4, 100 + frame), random(9 * 4, 200 + frame)];
      for (const question of questions) for (const grid of grids) question.relevance(grid);
    }
    // Nine cells are three times four and less.
    expect(reads).toBe(3 * 2 * 3);
  });

  test('of nothing is 0, and of what is no number too', () => {
    const relevance = new PatchRelevance('x', Float32Array.of(1, 0), { weights: random(6, 1), size: 2, channels: 3 });
    expect([...relevance.relevance(Float32Array.of(0, 0, 0, NaN, 1, 1, Infinity, 0, 0))]).toEqual([0, 0, 0]);
  });
});
