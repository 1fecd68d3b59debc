import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baselineFiles, clipOf, loadQualityBench, methodNamed, randomClip, sum } from '../../support/quality-bench.ts';
import type { Clip, Method } from '../../support/quality-bench.ts';
import { Random } from '../../support/random.ts';

const { baselines, dropSimilar, poolFrames, previousCosines, ratePoint, receive } = await loadQualityBench();
const SIDE = 12;

const method = (name: string): Method => methodNamed(baselines, name);

/** Cosine of two tokens of two frames, from the definition, in float64. */
function cosine(a: Float32Array, p: number, b: Float32Array, q: number, channels: number): number {
  let [dot, left, right] = [0, 0, 0];
  for (let c = 0; c < channels; c++) {
    const [x, y] = [a[p * channels + c]!, b[q * channels + c]!];
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  return dot / Math.sqrt(left * right);
}

/** The same picture again and again. */
function stillClip(length: number): Clip {
  const random = new Random(8);
  const frame = random.grid(SIDE ** 2 * 3);
  const clip = clipOf(
    Array.from({ length }, () => frame.slice()),
    SIDE,
    3,
    random,
  );
  return { ...clip, sceneScores: clip.sceneScores.map(() => 0) };
}

describe('the list of baselines', () => {
  test('has every file, each with a name of its own', () => {
    expect(baselines).toHaveLength(baselineFiles().length);
    expect(new Set(baselines.map(({ name }) => name)).size).toBe(baselines.length);
  });

  test.each(baselines.map((baseline) => [baseline.name, baseline] as const))(
    '%s sends between nothing and the full grid for each frame, and the first frame always',
    (_, { knobs, run }) => {
      const clip = randomClip(11, 9, 24);
      for (const knob of knobs) {
        const { tokens, errors, energies } = run(clip, knob);
        expect([tokens.length, errors.length, energies.length]).toEqual([9, 9, 9]);
        expect(tokens[0]).toBeGreaterThan(0);
        for (const count of tokens) expect(count).toBeLessThanOrEqual(576);
        for (const error of errors) expect(error).toBeGreaterThanOrEqual(0);
      }
    },
  );

  test.each(baselines.map((baseline) => [baseline.name, baseline] as const))(
    '%s sweeps from many tokens to few',
    (_, { knobs, run }) => {
      const clip = randomClip(12, 200, 24, 1);
      const rates = new Set(knobs.map((knob) => ratePoint(run(clip, knob)).tokensPerFrame));
      expect(rates.size).toBeGreaterThanOrEqual(5);
      expect(Math.max(...rates) / Math.min(...rates)).toBeGreaterThan(9);
    },
  );

  test.each(baselines.map((baseline) => [baseline.name, baseline] as const))(
    '%s chooses in one encoder and is scored in another',
    (_, { knobs, run }) => {
      const [clip, other] = [randomClip(13, 6, 24), randomClip(14, 6, 24, 5)];
      for (const knob of knobs) {
        const [own, scored] = [run(clip, knob), run(clip, knob, other)];
        expect(scored.tokens).toEqual(own.tokens);
        expect(scored.energies).toEqual(method('fixed').run(other, 1).energies);
      }
    },
  );
});

describe('cosines with the previous dense frame', () => {
  test('are those of the definition, at the same position and over the 3×3 around it', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const clip = randomClip(seed, 3, SIDE, 4);
        const { means } = poolFrames(clip.frames, clip, 144);
        const [same, around] = [previousCosines(clip, 0), previousCosines(clip, 1)];
        for (let t = 1; t < 3; t++) {
          for (let p = 0; p < 144; p++) {
            const near = Array.from({ length: 144 }, (_, q) => q).filter(
              (q) => Math.abs(Math.floor(p / 12) - Math.floor(q / 12)) <= 1 && Math.abs((p % 12) - (q % 12)) <= 1,
            );
            const all = near.map((q) => cosine(means[t]!, p, means[t - 1]!, q, 4));
            expect(same[t - 1]![p]).toBeCloseTo(cosine(means[t]!, p, means[t - 1]!, p, 4), 6);
            expect(around[t - 1]![p]).toBeCloseTo(Math.max(...all), 6);
          }
        }
      }),
      { numRuns: 5 },
    );
  });
});

describe('drop if similar', () => {
  const clip = randomClip(21, 8);

  test('keeps every token below a threshold that no cosine reaches, and none but the first frame at the other end', () => {
    const all = receive(clip, { tokens: 144, sent: dropSimilar(clip, Infinity) });
    expect([...all.tokens]).toEqual(new Array(8).fill(144));
    expect(all.errors).toEqual(method('every-kth-144').run(clip, 1).errors);
    const first = receive(clip, { tokens: 144, sent: dropSimilar(clip, -2) });
    expect([...first.tokens]).toEqual([144, 0, 0, 0, 0, 0, 0, 0]);
    expect(first.errors).toEqual(method('every-kth-144').run(clip, 8).errors);
  });

  test('keeps exactly the tokens whose cosine is below the threshold', () => {
    fc.assert(
      fc.property(fc.constantFrom(...previousCosines(clip, 0)[3]!), (threshold) => {
        const sent = dropSimilar(clip, threshold);
        for (const [t, frame] of previousCosines(clip, 0).entries()) {
          expect([...sent[t + 1]!]).toEqual([...frame].map((value) => (value < threshold ? 1 : 0)));
        }
      }),
    );
  });

  test('reaches on each clip the share of tokens that its threshold is calibrated to', () => {
    const moving = randomClip(22, 40, SIDE, 8);
    const changed = previousCosines(moving, 0)
      .flatMap((frame) => [...frame])
      .filter((value) => value < 1 - 1e-6);
    for (const share of method('dtd').knobs) {
      const kept = sum(method('dtd').run(moving, share).tokens) - 144;
      if (share < changed.length / (39 * 144)) expect(Math.abs(kept - share * 39 * 144)).toBeLessThanOrEqual(1);
    }
  });
});

describe('efficient video sampling', () => {
  const offline = method('evs-offline');
  const causal = method('evs-causal');

  test('offline keeps exactly K tokens of the clip, whatever the rate', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 9 }), (seed, length) => {
        const clip = randomClip(seed, length);
        for (const q of offline.knobs) {
          const kept = sum(offline.run(clip, q).tokens);
          expect(kept).toBe(Math.max(144, Math.floor(length * 144 * (1 - q))));
        }
      }),
      { numRuns: 20 },
    );
  });

  test('offline keeps as many tokens of each frame as are among the K least similar', () => {
    const clip = randomClip(31, 10, SIDE, 8);
    const all = previousCosines(clip, 0).flatMap((frame, t) => [...frame].map((value) => ({ t: t + 1, value })));
    for (const q of offline.knobs) {
      const { tokens } = offline.run(clip, q);
      const least = all.sort((a, b) => a.value - b.value || a.t - b.t).slice(0, sum(tokens) - 144);
      for (let t = 1; t < 10; t++) expect(tokens[t]).toBe(least.filter((token) => token.t === t).length);
    }
  });

  test('causal keeps what is above the quantile of the distances so far', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...causal.knobs), (seed, q) => {
        const clip = randomClip(seed, 6, SIDE, 4);
        const { tokens } = causal.run(clip, q);
        const seen: number[] = [];
        for (const [t, frame] of previousCosines(clip, 0).entries()) {
          seen.push(...frame);
          const ranked = seen.map((value) => 1 - value).sort((a, b) => a - b);
          const threshold = ranked[Math.ceil(q * ranked.length) - 1] ?? -Infinity;
          expect(tokens[t + 1]).toBe(frame.filter((value) => 1 - value > threshold).length);
        }
      }),
      { numRuns: 30 },
    );
  });

  test.each(['evs-causal', 'dtd-otsu', 'every-kth-144', 'fixed', 'cls-3x3', 'downsampling'])(
    '%s decides without the frames to come',
    (name) => {
      const { knobs, run } = method(name);
      const clip = randomClip(32, 8, 24);
      const begun = { ...clip, frames: clip.frames.slice(0, 5), small: shorter(clip.small, 5) };
      for (const knob of knobs) expect([...run(begun, knob).tokens]).toEqual([...run(clip, knob).tokens.slice(0, 5)]);
    },
  );
});

function shorter(small: Record<number, Float32Array[]>, length: number): Record<number, Float32Array[]> {
  return Object.fromEntries(Object.entries(small).map(([tokens, frames]) => [tokens, frames.slice(0, length)]));
}

describe('Otsu with a search of the neighbours', () => {
  const { knobs, run } = method('dtd-otsu');

  test('holds a token that only moved to the next position, which drop-if-similar sends', () => {
    const random = new Random(41);
    const first = random.grid(SIDE ** 2 * 16);
    const moved = first.slice();
    moved.copyWithin(17 * 16, 16 * 16, 17 * 16);
    for (let c = 0; c < 16; c++) moved[16 * 16 + c] = -first[16 * 16 + c]!;
    const clip = clipOf([first, moved], SIDE, 16, random);
    expect(previousCosines(clip, 0)[0]![17]).toBeLessThan(0.95);
    expect(previousCosines(clip, 1)[0]![17]).toBeCloseTo(1, 6);
    const rates = new Set(knobs.map((knob) => run(clip, knob).tokens[1]));
    expect(rates.has(1)).toBe(true);
  });

  test('sends nothing of a still frame where the certain drop is on', () => {
    expect(Math.min(...knobs.map((knob) => sum(run(stillClip(6), knob).tokens)))).toBe(144);
  });
});
