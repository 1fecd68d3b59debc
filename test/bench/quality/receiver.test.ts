import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockMeans, distance, norm, project } from '../../support/naive-scales.ts';
import { loadQualityBench, randomClip, sum } from '../../support/quality-bench.ts';
import type { Clip, Sent } from '../../support/quality-bench.ts';
import { Random } from '../../support/random.ts';

const { poolFrames, receive } = await loadQualityBench();
const scale = fc.constantFrom(576, 144, 36, 9, 1);

function randomFlags(random: Random, length: number, tokens: number): Sent {
  return Array.from({ length }, () => {
    const share = random.next();
    if (share < 0.2) return undefined;
    return Uint8Array.from({ length: tokens }, () => (random.next() < share ? 1 : 0));
  });
}

/** The receiver from its definition: a whole grid is held, the cells of each token that comes are overwritten. */
function naiveErrors(clip: Clip, source: Float32Array[], tokens: number, sent: Sent): number[] {
  const { gridSide, channels } = clip;
  const side = Math.sqrt(tokens);
  const block = gridSide / side;
  const held = new Float64Array(gridSide ** 2 * channels);
  return clip.frames.map((frame, t) => {
    const up = project(source[t]!, gridSide, side, channels);
    for (let i = 0; i < held.length; i++) {
      const cell = Math.floor(i / channels);
      const token = Math.floor(Math.floor(cell / gridSide) / block) * side + Math.floor((cell % gridSide) / block);
      if (sent[t]?.[token] === 1) held[i] = up[i]!;
    }
    return distance(frame, held);
  });
}

describe('the receiver of the baselines', () => {
  test('is off by what a receiver that keeps the whole grid is off by, whatever was sent', () => {
    fc.assert(
      fc.property(fc.integer(), scale, fc.boolean(), (seed, tokens, small) => {
        const clip = randomClip(seed, 5, 24);
        const sent = randomFlags(new Random(seed), 5, tokens);
        const source = small ? clip.small[144]! : clip.frames;
        const { errors } = receive(clip, { tokens, sent, source });
        for (const [t, error] of naiveErrors(clip, source, tokens, sent).entries()) {
          expect(Math.abs(errors[t]! - error)).toBeLessThan(1e-4 * norm(clip.frames[t]!));
        }
      }),
      { numRuns: 25 },
    );
  });

  test('counts the tokens that came, and what a frame costs beyond them only where it sent any', () => {
    const clip = randomClip(1, 4);
    const two = new Uint8Array(9);
    two[3] = two[8] = 1;
    const sent = [new Uint8Array(9).fill(1), undefined, new Uint8Array(9), two];
    expect([...receive(clip, { tokens: 9, sent }).tokens]).toEqual([9, 0, 0, 2]);
    expect([...receive(clip, { tokens: 9, sent, extra: 1 }).tokens]).toEqual([10, 0, 0, 3]);
  });

  test('gives the energy of each frame, which is its error where nothing is ever sent', () => {
    const clip = randomClip(2, 3);
    const { errors, energies } = receive(clip, { tokens: 36, sent: [undefined, undefined, undefined] });
    for (const [t, frame] of clip.frames.entries()) {
      expect(energies[t]).toBeCloseTo(norm(frame), 6);
      expect(errors[t]).toBeCloseTo(norm(frame), 3);
    }
  });

  test('refuses choices that were made for another number of frames', () => {
    const clip = randomClip(3, 3);
    expect(() => receive(clip, { tokens: 9, sent: [undefined] })).toThrow(/has 3 frames, but 1 were chosen/);
  });
});

describe('pooled frames', () => {
  test('hold the block means of every frame and their energies', () => {
    fc.assert(
      fc.property(fc.integer(), scale, fc.constantFrom(1, 3), (seed, tokens, channels) => {
        const clip = randomClip(seed, 2, 24, channels);
        const { means, energies } = poolFrames(clip.frames, clip, tokens);
        for (const [t, frame] of clip.frames.entries()) {
          const expected = blockMeans(frame, 24, Math.sqrt(tokens), channels);
          expect(Math.sqrt(distance(means[t]!, expected))).toBeLessThan(1e-5);
          expect(energies[t]).toBeCloseTo(norm(project(frame, 24, Math.sqrt(tokens), channels)), 3);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('are made once', () => {
    const { frames, ...shape } = randomClip(4, 2);
    expect(poolFrames(frames, shape, 36)).toBe(poolFrames(frames, shape, 36));
    expect(poolFrames(frames, shape, 9)).not.toBe(poolFrames(frames, shape, 36));
  });

  test('do not exist for a grid or a scale that does not divide, and say which would', () => {
    const { frames } = randomClip(5, 1);
    expect(() => poolFrames(frames, { gridSide: 16, channels: 1 }, 144)).toThrow(/16×16 grid has no 144-token scale/);
    expect(() => poolFrames(frames, { gridSide: 12, channels: 2 }, 25)).toThrow(/no scale of 25 tokens.*144, 36, 9, 1/);
  });

  test('tell features that are no numbers, before they reach a figure', () => {
    const clip = randomClip(6, 3);
    clip.frames[2]![7] = NaN;
    expect(() => poolFrames(clip.frames, clip, 36)).toThrow(/^Frame 2 has features that are no finite numbers/);
  });

  test('of several scales have energies that grow with the scale, up to that of the frame', () => {
    const clip = randomClip(7, 4, 24);
    const totals = [1, 9, 36, 144, 576].map((tokens) => sum(poolFrames(clip.frames, clip, tokens).energies));
    expect(totals).toEqual([...totals].sort((a, b) => a - b));
    expect(totals.at(-1)).toBeCloseTo(sum(clip.frames.map(norm)), 3);
  });
});
