import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scenery } from '../../support/picture.ts';
import type { Picture } from '../../support/picture.ts';
import { loadQualityBench, methodNamed, randomClip } from '../../support/quality-bench.ts';
import type { Clip, Run } from '../../support/quality-bench.ts';
import { cellMeans, load, loadLiveBench } from './live-bench.ts';
import type { Encode, Facts, Method } from './live-bench.ts';

const { baselines, dropSimilar, receive } = await loadQualityBench();
const bench = await loadLiveBench();
const { droppingStream, runStream, wholeFrameStream } = bench;
const { sceneScores } = await load<{ sceneScores: (rgb: Picture[]) => number[] }>('pictures');

/** A method on the frames of a clip, each under a picture of its own: tokens of each frame, and what X̂ is off by. */
async function runLive(clip: Clip, method: Method): Promise<Pick<Run, 'tokens' | 'errors'>> {
  const { gridSide, channels, fps, name } = clip;
  const frames = clip.frames.map((_, t) => Uint8Array.of(t, 0, 0));
  const errors = new Float64Array(frames.length);
  const encode: Encode = (rgb) => Promise.resolve(clip.frames[rgb[0]!]!);
  const stream = method({ inputSide: 1, gridSide, channels });
  const { tokens } = await runStream(stream, { name, fps, frames }, encode, ({ held, side }, t) => {
    const block = gridSide / side;
    errors[t] = clip.frames[t]!.reduce((sum, value, i) => {
      const cell = Math.floor(i / channels);
      const above = Math.floor(Math.floor(cell / gridSide) / block) * side + Math.floor((cell % gridSide) / block);
      return sum + (value - held[above * channels + (i % channels)]!) ** 2;
    }, 0);
  });
  return { tokens, errors };
}

/** That a rule frame by frame sends and leaves what it does over the whole clip at once. */
async function expectSame(clip: Clip, method: Method, offline: Run): Promise<void> {
  const live = await runLive(clip, method);
  expect(live.tokens).toEqual(offline.tokens);
  for (const [t, error] of live.errors.entries()) {
    expect(Math.abs(error - offline.errors[t]!)).toBeLessThan(1e-4 * offline.energies[t]!);
  }
}

describe('a baseline as a stream sends what its replay over the whole clip sends, and leaves the same errors', () => {
  const offline = (clip: Clip, name: string, knob: number): Run => methodNamed(baselines, name).run(clip, knob);
  const seed = fc.integer();

  test('drop if similar', async () => {
    await fc.assert(
      fc.asyncProperty(seed, fc.double({ min: -1, max: 1.01, noNaN: true }), async (value, threshold) => {
        const clip = randomClip(value, 6, 12, 4);
        const sent = dropSimilar(clip, threshold);
        await expectSame(
          clip,
          droppingStream({ rule: bench.belowCosine(threshold) }),
          receive(clip, { tokens: 144, sent }),
        );
      }),
      { numRuns: 20 },
    );
  });

  test('efficient video sampling, causal', async () => {
    const { knobs } = methodNamed(baselines, 'evs-causal');
    await fc.assert(
      fc.asyncProperty(seed, fc.constantFrom(...knobs), async (value, q) => {
        const clip = randomClip(value, 6, 12, 4);
        await expectSame(clip, droppingStream({ rule: bench.aboveQuantile(q) }), offline(clip, 'evs-causal', q));
      }),
      { numRuns: 20 },
    );
  });

  test("Otsu's threshold, as FluxMem has it", async () => {
    const { CERTAIN, MULTIPLIERS } = await load<Record<'CERTAIN' | 'MULTIPLIERS', number[]>>('baselines/dtd-otsu');
    const settings = CERTAIN.flatMap((certain) => MULTIPLIERS.map((multiplier) => ({ certain, multiplier })));
    for (const [knob, setting] of settings.entries()) {
      const clip = randomClip(knob, 6, 12, 4);
      const method = droppingStream({ rule: bench.aboveOtsu(setting), reach: 1 });
      await expectSame(clip, method, offline(clip, 'dtd-otsu', knob));
    }
  });

  test('every k-th frame, and mean and 3×3 of it', async () => {
    for (const k of [1, 2, 3, 5]) {
      const clip = randomClip(k, 7, 24);
      const rule = bench.everyNth(k);
      await expectSame(clip, wholeFrameStream({ side: 12, rule }), offline(clip, 'every-kth-144', k));
      await expectSame(clip, wholeFrameStream({ side: 3, rule, extra: 1 }), offline(clip, 'cls-3x3', k));
    }
  });

  test('random frames', async () => {
    const clip = randomClip(1, 12);
    const { knobs } = methodNamed(baselines, 'random');
    const live = await Promise.all(
      Array.from({ length: 200 }, (_, i) => runLive(clip, wholeFrameStream({ side: 12, rule: bench.drawn(i / 199) }))),
    );
    const all = new Set(live.map(({ tokens }) => tokens.join()));
    for (const knob of knobs) expect(all).toContain(offline(clip, 'random', knob).tokens.join());
  });
});

describe('key frames of a stream', () => {
  test('are those whose score, as over the whole clip, reaches the threshold', () => {
    const pictures = Array.from({ length: 8 }, (_, t) => scenery(24, Math.floor(t / 3)));
    const scores = sceneScores(pictures);
    expect(scores[0]).toBe(0);
    expect(new Set(scores.map((score) => score > 1))).toEqual(new Set([false, true]));
    for (const threshold of [...scores, 101]) {
      const goes = bench.atCuts(threshold)();
      const kept = pictures.map((rgb, t) => goes(t, rgb));
      expect(kept).toEqual(scores.map((score, t) => t === 0 || score >= threshold));
    }
  });
});

describe('policy change as a stream', () => {
  const facts: Facts = { inputSide: 96, gridSide: 24, channels: 3 };
  const encode = cellMeans(facts);

  test('costs a token where nothing happens, and tells a new picture whole', async () => {
    const frames = [0, 0, 0, 0, 9, 9].map((seed) => scenery(96, seed + 1));
    const steps: number[][] = [];
    const stream = bench.changeStream(400)(facts);
    await runStream(stream, { name: 'cut', fps: 2, frames }, encode, ({ tokens, ran, held, side }) => {
      steps.push([tokens, ran ? 1 : 0, held.length, side]);
    });
    expect(steps.map(([tokens]) => tokens)).toEqual([144, 1, 1, 1, 144, 1]);
    expect(steps.map(([, ran]) => ran)).toEqual([1, 0, 0, 0, 1, 0]);
    expect(steps[0]!.slice(2)).toEqual([144 * 3, 12]);
  });
});
