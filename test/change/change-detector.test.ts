import { ChangeDetector } from '#dist/change/change-detector.js';
import type { ChangeScore } from '#dist/media/change-score.js';
import { changePolicy } from '#dist/scales/change-policy.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import type { ScaleChoice } from '#dist/scales/scale-policy.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brighter, noisy, scenery, solid, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';
import { Random } from '../support/random.ts';

const ladder = defaultLadder(24);
const FPS = 25;

/** What a stream does with pictures, one every 40 ms: scores and choices in order, as proposeScale joins them. */
function watch(pictures: Iterable<Picture>, refreshS = 10): { score: ChangeScore; choice: ScaleChoice }[] {
  const out: { score: ChangeScore; choice: ScaleChoice }[] = [];
  let detector: ChangeDetector | undefined;
  const policy = changePolicy(ladder, { price: 25, refreshS, hysteresis: 0.15 });
  for (const picture of pictures) {
    detector ??= new ChangeDetector({ frameSide: Math.sqrt(picture.length / 3), ladder, minSceneS: 0.4 });
    const score = detector.score(picture, out.length / FPS);
    const choice = policy.choose(score);
    detector.sent(choice.scale);
    out.push({ score, choice });
  }
  return out;
}

const tokens = ({ choice }: { choice: ScaleChoice }): number => choice.scale?.tokens ?? 0;
const times = <T>(length: number, make: (i: number) => T): T[] => Array.from({ length }, (_, i) => make(i));

describe('a picture that stands still', () => {
  const still = scenery(192, 1);
  const large = scenery(384, 1);

  test('is sent once at the ceiling and then held for ever', () => {
    const [first, ...rest] = watch(times(50, () => still));
    expect(first).toMatchObject({
      score: { first: true, value: 1 },
      choice: { reason: 'first', scale: { tokens: 144 } },
    });
    for (const { score, choice } of rest) {
      expect(score).toMatchObject({ value: 0, holdEnergy: 0, cut: false, flash: false, first: false, staleS: 0 });
      expect(choice).toEqual({ scale: undefined, reason: 'still' });
    }
  });

  test.each([1, 2, 4])('scores 0 under sensor noise of %i grey levels', (sigma) => {
    const random = new Random(sigma);
    const seen = watch(times(25, () => noisy(large, sigma, random)));
    for (const { score, choice } of seen.slice(1)) {
      expect(score.value).toBe(0);
      expect(choice.scale).toBeUndefined();
    }
  });

  test.each([8, 16, 24])('is held under heavy sensor noise of %i grey levels once the floor is learned', (sigma) => {
    const random = new Random(sigma);
    const seen = watch(times(25, () => noisy(large, sigma, random)));
    for (const { score, choice } of seen.slice(3)) {
      // A cell in some thousands passes three noise floors by chance: it is not worth an encoder run.
      expect(score.value).toBeLessThanOrEqual(2 / 576);
      expect(choice).toEqual({ scale: undefined, reason: 'still' });
    }
    expect(seen.at(-1)!.score.noiseFloor).toBeGreaterThan(2);
  });
});

describe('a change of light', () => {
  const still = scenery(192, 2);

  test('all at once is a flash that costs one token and no cut', () => {
    const seen = watch([...times(5, () => still), ...times(5, () => brighter(still, 30))]);
    expect(seen[5]).toMatchObject({ score: { flash: true, cut: false, value: 1 }, choice: { reason: 'change' } });
    expect(tokens(seen[5]!)).toBe(1);
    expect(seen.slice(6).map(tokens)).toEqual([0, 0, 0, 0]);
  });

  test('so slow that no two frames differ much adds up and is sent as few tokens', () => {
    // 0.2 grey levels a frame; whole levels are what 8 bits can show.
    const seen = watch(
      times(200, (i) => brighter(still, Math.floor(i / 5))),
      1000,
    );
    const sent = seen.slice(1).filter((frame) => frame.choice.scale !== undefined);
    expect(sent.length).toBeGreaterThan(3);
    expect(sent.length).toBeLessThan(50);
    expect(Math.max(...sent.map(tokens))).toBeLessThanOrEqual(9);
    expect(seen.some(({ score }) => score.cut || score.flash)).toBe(false);
  });
});

describe('an object', () => {
  test('that is small is seen when it appears and when it leaves, and not in between', () => {
    const still = scenery(192, 3);
    // One and a half cells of 8 px a side.
    const box = withBox(still, { x: 84, y: 60, width: 12, height: 12 }, [255, 255, 255]);
    const seen = watch([...times(10, () => still), ...times(10, () => box), ...times(10, () => still)]);
    const busy = seen.flatMap(({ score }, i) => (i > 0 && score.value > 0 ? [i] : []));
    expect(busy[0]).toBe(10);
    expect(busy).toContain(20);
    expect(seen[10]!.score.value).toBeLessThan(0.02);
    expect(seen[10]!.score.cut).toBe(false);
    expect(tokens(seen[10]!)).toBeGreaterThan(0);
  });

  test('that differs in colour only is seen', () => {
    const grey = solid(192, [118, 118, 118]);
    // The same luma: 0.299 · 200 + 0.587 · 99 = 118.
    const red = withBox(grey, { x: 96, y: 96, width: 16, height: 16 }, [200, 99, 0]);
    const seen = watch([...times(3, () => grey), red]);
    expect(seen[3]!.score.value).toBeCloseTo(4 / 576, 10);
    expect(tokens(seen[3]!)).toBeGreaterThan(0);
  });

  test('that is too faint to pay for the encoder at once is sent when its residual has stood long enough', () => {
    const still = solid(192, [100, 100, 100]);
    const faint = withBox(still, { x: 96, y: 96, width: 8, height: 8 }, [112, 112, 112]);
    const seen = watch([still, ...times(80, () => faint)]);
    const first = seen.findIndex((frame, i) => i > 0 && tokens(frame) > 0);
    expect(seen[1]!.score.value).toBeCloseTo(1 / 576, 10);
    expect(first).toBeGreaterThan(1);
    // The energy of the cell is 16/18 · 12² = 128; a residual counts up to 65 times.
    expect(first).toBeLessThan(65);
  });
});

describe('a hard cut', () => {
  test('is flagged at its frame alone and goes out at the ceiling', () => {
    const [a, b] = [scenery(192, 4), scenery(192, 5)];
    const random = new Random(1);
    const seen = watch([...times(20, () => noisy(a, 2, random)), ...times(20, () => noisy(b, 2, random))]);
    expect(seen.flatMap(({ score }, i) => (score.cut ? [i] : []))).toEqual([20]);
    expect(seen[20]!.choice).toMatchObject({ reason: 'cut', scale: { tokens: 144 } });
    expect(seen.slice(21).map(tokens)).toEqual(times(19, () => 0));
  });

  test('does not teach the noise floor', () => {
    const seen = watch([...times(10, () => scenery(192, 4)), scenery(192, 5), scenery(192, 5)]);
    expect(seen.at(-1)!.score.noiseFloor).toBe(0);
  });
});

describe('the energies of a score', () => {
  test('fall from holding to the finest scale, whose rest is 0', () => {
    const seen = watch([scenery(192, 6), withBox(scenery(192, 6), { x: 10, y: 20, width: 90, height: 50 }, [9, 9, 9])]);
    const { holdEnergy, scaleEnergies } = seen[1]!.score;
    expect(holdEnergy).toBeGreaterThan(0);
    const falling = [holdEnergy, ...scaleEnergies];
    for (let i = 1; i < falling.length; i++) expect(falling[i]).toBeLessThanOrEqual(falling[i - 1]! * (1 + 1e-6));
    expect(scaleEnergies).toHaveLength(4);
    expect(scaleEnergies.at(-1)).toBe(0);
  });
});

describe('the refresh bound', () => {
  test('holds for every residual, whatever the pictures do', () => {
    const base = scenery(96, 7);
    const box = fc.record({
      x: fc.nat(90),
      y: fc.nat(90),
      width: fc.integer({ min: 1, max: 20 }),
      height: fc.integer({ min: 1, max: 20 }),
    });
    const change = fc.record({
      box: fc.option(box),
      grey: fc.nat(255),
      light: fc.nat(6),
      frames: fc.integer({ min: 1, max: 15 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 5, maxLength: 15 }), (changes) => {
        const pictures = changes.flatMap(({ box: where, grey, light, frames }) => {
          const lit = brighter(base, light);
          const picture = where ? withBox(lit, where, [grey, grey, grey]) : lit;
          return times(frames, () => picture);
        });
        for (const { score } of watch(pictures, 0.5)) expect(score.staleS).toBeLessThan(0.5 + 1 / FPS + 1e-9);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the detector', () => {
  test('needs no more memory after many frames than after few', () => {
    const pictures = times(8, (i) =>
      withBox(scenery(96, 8), { x: i * 10, y: 30, width: 12, height: 12 }, [250, 250, 250]),
    );
    const detector = new ChangeDetector({ frameSide: 96, ladder, minSceneS: 0.4 });
    const run = (frames: number): void => {
      for (let i = 0; i < frames; i++) {
        const { holdEnergy } = detector.score(pictures[i % 8]!, i / FPS);
        detector.sent(holdEnergy > 0 ? ladder.scales[i % 4] : undefined);
      }
    };
    run(500);
    const before = process.memoryUsage().arrayBuffers;
    run(3000);
    // One array of descriptors kept per frame would be 3000 × 41 kB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4e6);
  });

  test('does not write to the frame', () => {
    const picture = scenery(96, 9);
    const copy = picture.slice();
    watch([picture, brighter(picture, 10), picture]);
    expect(picture).toEqual(copy);
  });
});
