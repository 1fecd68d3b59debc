import { describe, expect, it } from 'vitest';
import { Sampler } from '#dist/llm/local/worker/sampler.js';
import type { Sampling } from '#dist/llm/local/worker/messages.js';

const plain: Sampling = { temperature: 1, topK: 0, topP: 1, seed: 5 };
const logits = Float32Array.of(1, 3, -2, 2.5, 0);

describe('Sampler', () => {
  it('takes the likeliest token at temperature 0, the first of equal ones', () => {
    const sampler = new Sampler({ ...plain, temperature: 0 });
    expect(sampler.next(logits)).toBe(1);
    expect(sampler.next(Float32Array.of(0, 7, 7))).toBe(1);
  });

  it('draws the same tokens from the same seed, and others from another', () => {
    const first = drawn({ ...plain, seed: 9 }, 50);
    expect(drawn({ ...plain, seed: 9 }, 50)).toEqual(first);
    expect(drawn({ ...plain, seed: 10 }, 50)).not.toEqual(first);
  });

  it.each([0.5, 1, 2])('draws tokens as often as the softmax says at temperature %d', (temperature) => {
    const weights = [...logits].map((logit) => Math.exp(logit / temperature));
    const total = weights.reduce((sum, weight) => sum + weight);
    const shares = sharesOf(drawn({ ...plain, temperature }, 20_000));
    for (const [token, weight] of weights.entries()) {
      // Four standard deviations of a share are at most 4 × √(0.25 ÷ 20,000) = 0.015.
      expect(Math.abs((shares.get(token) ?? 0) - weight / total)).toBeLessThan(0.015);
    }
  });

  it('draws only from the likeliest k', () => {
    expect(new Set(drawn({ ...plain, temperature: 5, topK: 2 }, 500))).toEqual(new Set([1, 3]));
  });

  it('draws only from the fewest tokens that have the share p together', () => {
    // Softmax: 0.553 for token 1, 0.335 for token 3, 0.075 for token 0.
    expect(new Set(drawn({ ...plain, topP: 0.5 }, 500))).toEqual(new Set([1]));
    expect(new Set(drawn({ ...plain, topP: 0.6 }, 500))).toEqual(new Set([1, 3]));
    expect(new Set(drawn({ ...plain, topP: 0.9 }, 500))).toEqual(new Set([0, 1, 3]));
  });

  it('refuses logits without a finite one', () => {
    const sampler = new Sampler(plain);
    expect(() => sampler.next(Float32Array.of(NaN, NaN))).toThrow('no numbers');
    expect(() => sampler.next(Float32Array.of(0, Infinity))).toThrow('no numbers');
  });
});

function drawn(sampling: Sampling, count: number): number[] {
  const sampler = new Sampler(sampling);
  return Array.from({ length: count }, () => sampler.next(logits));
}

function sharesOf(tokens: readonly number[]): Map<number, number> {
  const shares = new Map<number, number>();
  for (const token of tokens) shares.set(token, (shares.get(token) ?? 0) + 1 / tokens.length);
  return shares;
}
