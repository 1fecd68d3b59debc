import { ChangeDetector } from '#dist/change/change-detector.js';
import { proposeScale } from '#dist/operators/propose-scale.js';
import { scoreChange } from '#dist/operators/score-change.js';
import { changePolicy } from '#dist/scales/change-policy.js';
import { fixedPolicy } from '#dist/scales/fixed-policy.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import type { ScalePolicy } from '#dist/scales/scale-policy.js';
import type { Frame } from '#dist/media/frame.js';
import type { OperatorFunction } from 'rxjs';
import { lastValueFrom, map, of, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { score } from '../support/change-score.ts';
import { behavesLikeMap } from '../support/operator-contract.ts';
import { paintedFrame } from '../support/painted-source.ts';
import { brighter, scenery, solid } from '../support/picture.ts';

const ladder = defaultLadder(24);
const grey = solid(96, [90, 90, 90]);
const newDetector = (): ChangeDetector => new ChangeDetector({ frameSide: 96, ladder, minSceneS: 0.4 });
const change = (): ScalePolicy => changePolicy(ladder, { price: 25, refreshS: 10, hysteresis: 0.15 });

/** Frames to token counts, 0 for a hold, through the two operators that make the closed loop. */
function tokens(policy: ScalePolicy): OperatorFunction<Frame, number[]> {
  const detector = newDetector();
  return (source) =>
    source.pipe(
      scoreChange(detector),
      proposeScale(policy, detector),
      map(({ choice }) => choice.scale?.tokens ?? 0),
      toArray(),
    );
}

describe('proposeScale', () => {
  behavesLikeMap({
    operator: () => proposeScale(change(), newDetector()),
    inputs: () => [
      { frame: paintedFrame(0, grey), change: score({ first: true }) },
      { frame: paintedFrame(1, grey), change: score() },
      { frame: paintedFrame(2, grey), change: score({ holdEnergy: 1e5 }) },
    ],
    look: ({ frame, choice }) => [frame.index, choice.scale?.tokens, choice.reason],
    outputs: [
      [0, 144, 'first'],
      [1, undefined, 'still'],
      [2, 1, 'change'],
    ],
  });

  test('closes the loop: what was sent is what the next frame is scored against', async () => {
    const lit = brighter(grey, 40);
    const frames = [grey, grey, lit, lit, lit, grey].map((picture, i) => paintedFrame(i, picture));
    // The light costs one token when it changes, and nothing while it stays.
    expect(await lastValueFrom(of(...frames).pipe(tokens(change())))).toEqual([144, 0, 1, 0, 0, 1]);
  });

  test('keeps scoring what a policy left unsent', async () => {
    const detector = newDetector();
    const values = map(({ change: { value } }: { change: { value: number } }) => value);
    const holdAll = {
      choose: (of: { first: boolean }) => ({ scale: of.first ? ladder.scales[3] : undefined, reason: 'still' }),
    } satisfies ScalePolicy;
    const frames = [grey, brighter(grey, 40), brighter(grey, 40)].map((picture, i) => paintedFrame(i, picture));
    const seen = of(...frames).pipe(scoreChange(detector), proposeScale(holdAll, detector), values, toArray());
    expect(await lastValueFrom(seen)).toEqual([1, 1, 1]);
  });

  test('follows a fixed policy whatever the picture does', async () => {
    const frames = [scenery(96, 1), scenery(96, 1), scenery(96, 2)].map((picture, i) => paintedFrame(i, picture));
    expect(await lastValueFrom(of(...frames).pipe(tokens(fixedPolicy(ladder.scales[1]!))))).toEqual([9, 9, 9]);
  });

  test('asks for the pressure at each frame, and hands it to the policy', async () => {
    const detector = newDetector();
    const seen: (number | undefined)[] = [];
    const policy: ScalePolicy = {
      choose: (_, pressure) => {
        seen.push(pressure);
        return { scale: ladder.scales[0], reason: 'fixed' };
      },
    };
    const pressures = [0, 0.5, 1];
    const frames = pressures.map((_, i) => paintedFrame(i, grey));
    const proposed = proposeScale(policy, detector, () => pressures.shift()!);
    await lastValueFrom(of(...frames).pipe(scoreChange(detector), proposed));
    expect(seen).toEqual([0, 0.5, 1]);
  });

  test('is under no pressure where nobody says so', async () => {
    const detector = newDetector();
    const policy: ScalePolicy = { choose: (_, pressure) => ({ scale: ladder.scales[pressure ?? 3], reason: 'fixed' }) };
    const seen = of(paintedFrame(0, grey)).pipe(scoreChange(detector), proposeScale(policy, detector));
    expect((await lastValueFrom(seen)).choice.scale).toBe(ladder.scales[0]);
  });
});
