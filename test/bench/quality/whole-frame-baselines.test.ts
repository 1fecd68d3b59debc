import { describe, expect, test } from 'vitest';
import { loadQualityBench, methodNamed, randomClip, sum } from '../../support/quality-bench.ts';
import type { Method } from '../../support/quality-bench.ts';

const { baselines } = await loadQualityBench();
const method = (name: string): Method => methodNamed(baselines, name);

describe('the rules that take whole frames', () => {
  const clip = randomClip(51, 30, 24);

  test('every k-th: one frame in k, the first among them', () => {
    for (const k of method('every-kth-144').knobs) {
      const { tokens } = method('every-kth-144').run(clip, k);
      expect([...tokens]).toEqual(Array.from({ length: 30 }, (_, t) => (t % k === 0 ? 144 : 0)));
    }
  });

  test('key frames: every frame at one end, only the first at the other, the highest scores in between', () => {
    const { knobs, run } = method('keyframes');
    for (const share of knobs) {
      const { tokens } = run(clip, share);
      const sent = [...tokens.keys()].filter((t) => t > 0 && tokens[t]! > 0);
      const held = [...tokens.keys()].filter((t) => t > 0 && tokens[t] === 0);
      expect(sent).toHaveLength(Math.round(share * 29));
      const least = Math.min(...sent.map((t) => clip.sceneScores[t]!));
      for (const t of held) expect(clip.sceneScores[t]).toBeLessThan(least);
    }
    expect(() => run({ ...clip, sceneScores: [1] }, 1)).toThrow(/30 frames and 1 scene scores/);
  });

  test('random: as many frames as its share, the same ones again', () => {
    const { knobs, run } = method('random');
    for (const share of knobs) {
      expect(sum(run(clip, share).tokens)).toBe(144 * (1 + Math.round(share * 29)));
      expect(run(clip, share)).toEqual(run(clip, share));
    }
  });

  test('10 tokens: rebuilt like 9, since the tenth is their mean', () => {
    const [ten, nine] = [method('cls-3x3').run(clip, 1), method('fixed').run(clip, 9)];
    expect(ten.errors).toEqual(nine.errors);
    expect([...ten.tokens]).toEqual(new Array(30).fill(10));
  });

  test('downsampling: as good as pooling where the small picture encodes like the large one, else worse', () => {
    const alike = { ...clip, small: { 144: clip.frames, 36: clip.frames, 9: clip.frames } };
    const { knobs, run } = method('downsampling');
    const whole = knobs.filter((knob) => run(clip, knob).tokens.every((count) => count > 0));
    expect(whole).toHaveLength(3);
    for (const knob of whole) {
      const [tokens] = run(clip, knob).tokens;
      const pooled = method('fixed').run(clip, tokens!);
      expect(run(alike, knob).errors).toEqual(pooled.errors);
      expect(sum(run(clip, knob).errors)).toBeGreaterThan(sum(pooled.errors));
    }
  });

  test('downsampling: refuses a clip whose small pictures were not encoded', () => {
    expect(() => method('downsampling').run({ ...clip, small: {} }, 0)).toThrow(/no frames shrunk to 144 tokens/);
  });

  test('fixed scales: no error at the full grid, more the coarser', () => {
    const totals = [576, 144, 36, 9, 1].map((tokens) => sum(method('fixed').run(clip, tokens).errors));
    expect(totals[0]).toBe(0);
    expect(totals).toEqual([...totals].sort((a, b) => a - b));
  });
});
