import { ChangeDetector } from '#dist/change/change-detector.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import { describe, expect, test } from 'vitest';
import { noisy, scenery, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';
import { Random } from '../support/random.ts';

const ladder = defaultLadder(24);
const FPS = 25;
const times = <T>(length: number, make: (i: number) => T): T[] => Array.from({ length }, (_, i) => make(i));

describe('a mask', () => {
  const still = scenery(192, 10);
  const box = { x: 0, y: 0, width: 96, height: 192 };
  // The left half of the picture does not count.
  const ignore = Uint8Array.from({ length: 576 }, (_, cell) => (cell % 24 < 12 ? 1 : 0));

  /** Scores, with the cells that were new, of a stream that sends whatever has a residual. */
  function masked(pictures: readonly Picture[], mask: Uint8Array | 'none' = ignore) {
    const options = { frameSide: 192, ladder, minSceneS: 0.4 };
    const detector = new ChangeDetector(mask === 'none' ? options : { ...options, ignore: mask });
    return pictures.map((picture, i) => {
      const score = detector.score(picture, i / FPS);
      detector.sent(score.first || score.holdEnergy > 0 ? ladder.scales.at(-1) : undefined);
      return { score, news: detector.newCells.reduce((sum, value) => sum + value, 0) };
    });
  }

  test('hides what happens under it: no residual, no cut, nothing new, no noise learned', () => {
    const random = new Random(3);
    const noise = times(20, () => {
      const wild = noisy(still, 40, random);
      for (let row = 0; row < 192; row++) {
        const right = (row * 192 + 96) * 3;
        wild.set(still.subarray(right, right + 96 * 3), right);
      }
      return wild;
    });
    const other = withBox(still, box, [255, 255, 255]);
    for (const { score, news } of masked([still, ...noise, other, still, other]).slice(1)) {
      expect(score).toMatchObject({ value: 0, holdEnergy: 0, cut: false, flash: false, staleS: 0, noiseFloor: 0 });
      expect(news).toBe(0);
    }
  });

  test('leaves a cut in the rest of the picture, however small that is, a cut', () => {
    const [a, b] = [scenery(192, 4), scenery(192, 5)];
    expect(masked([...times(5, () => a), b]).map(({ score }) => score.cut)).toEqual([...times(5, () => false), true]);
  });

  test('scores the rest as if there were nothing else', () => {
    const change = withBox(still, { x: 96, y: 0, width: 96, height: 96 }, [250, 250, 250]);
    const seen = masked([still, change]);
    // A quarter of the picture, half of what counts.
    expect(seen[1]!.score.value).toBeCloseTo(0.5, 1);
    expect(seen[1]!.news).toBeGreaterThan(130);
  });

  test('of nothing changes no score', () => {
    const random = new Random(4);
    const pictures = times(12, (i) => withBox(noisy(still, 3, random), { ...box, x: 12 * i, width: 10 }, [9, 200, 9]));
    expect(masked(pictures, new Uint8Array(576))).toEqual(masked(pictures, 'none'));
  });

  test.each([
    ['of another grid', new Uint8Array(144)],
    ['that leaves nothing', new Uint8Array(576).fill(1)],
  ])('%s is refused', (_, mask) => {
    expect(() => masked([still], mask)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});
