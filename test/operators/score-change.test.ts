import { ChangeDetector } from '#dist/change/change-detector.js';
import { scoreChange } from '#dist/operators/score-change.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { behavesLikeMap } from '../support/operator-contract.ts';
import { paintedFrame } from '../support/painted-source.ts';
import { solid, withBox } from '../support/picture.ts';

const ladder = defaultLadder(24);
const grey = solid(96, [90, 90, 90]);
// 8×8 pixels are four cells of 4 pixels a side.
const black = solid(96, [0, 0, 0]);
const box = withBox(black, { x: 8, y: 8, width: 8, height: 8 }, [255, 255, 255]);
const newDetector = (): ChangeDetector => new ChangeDetector({ frameSide: 96, ladder, minSceneS: 0.4 });

describe('scoreChange', () => {
  behavesLikeMap({
    operator: () => scoreChange(newDetector()),
    // Nothing is sent in between: the receiver goes on holding zeros, which is black.
    inputs: () => [paintedFrame(0, grey), paintedFrame(1, black), paintedFrame(2, box)],
    look: ({ frame, change }) => [frame.index, change.first, change.value],
    outputs: [
      [0, true, 1],
      [1, false, 0],
      [2, false, 4 / 576],
    ],
  });

  test('measures time in the timebase of the frame', async () => {
    const detector = newDetector();
    const at = (index: number, pts: bigint) =>
      paintedFrame(index, index === 0 ? grey : box, { pts, timebase: { num: 1001, den: 30_000 } });
    const score = scoreChange(detector);
    await lastValueFrom(of(at(0, 0n)).pipe(score));
    detector.sent(ladder.scales.at(-1));
    await lastValueFrom(of(at(1, 30n)).pipe(score));
    detector.sent(undefined);
    const { change } = await lastValueFrom(of(at(2, 90n)).pipe(score));
    expect(change.staleS).toBeCloseTo(2 * 1.001, 9);
  });

  test('leaves the pixels where they are', async () => {
    const frame = paintedFrame(0, box);
    const scored = await lastValueFrom(of(frame).pipe(scoreChange(newDetector())));
    expect(scored.frame).toBe(frame);
    expect(frame.data).toEqual(box);
  });
});
