import { ChangeDetector } from '#dist/change/change-detector.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import { expect, test } from 'vitest';
import { noisy, scenery, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';
import { Random } from '../support/random.ts';

const ladder = defaultLadder(24);
const still = scenery(192, 10);

/** How many cells were new in each picture, at 10 pictures a second that are all sent at one scale. */
function news(pictures: readonly Picture[], level: number): number[] {
  const detector = new ChangeDetector({ frameSide: 192, ladder, minSceneS: 0.4 });
  return pictures.map((picture, i) => {
    detector.score(picture, i / 10);
    const count = detector.newCells.reduce((sum, value) => sum + value, 0);
    detector.sent(ladder.scales[level]);
    return count;
  });
}

test.each(ladder.scales.map(({ tokens, level }) => [tokens, level]))(
  'of a still scene sent at %i tokens a frame nothing is new, whatever that scale leaves unsaid',
  (_, level) => {
    const random = new Random(1);
    const pictures = Array.from({ length: 30 }, () => noisy(still, 1, random));
    expect(news(pictures, level)).toEqual(pictures.map(() => 0));
  },
);

test.each(ladder.scales.map(({ tokens, level }) => [tokens, level]))(
  'a box is new when it comes and when it goes, at %i tokens a frame too, and not while it stays',
  (_, level) => {
    const boxed = withBox(still, { x: 48, y: 48, width: 48, height: 48 }, [255, 255, 255]);
    const pictures = [still, still, still, boxed, boxed, boxed, still, still];
    expect(news(pictures, level).map((count) => count > 0)).toEqual([0, 0, 0, 1, 0, 0, 1, 0].map(Boolean));
  },
);
