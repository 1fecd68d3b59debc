import { ChangeDetector } from '#dist/change/change-detector.js';
import type { Frame } from '#dist/media/frame.js';
import type { StreamMoment, MomentWatch } from '#dist/operators/note-moments.js';
import { noteMoments } from '#dist/operators/note-moments.js';
import { proposeScale } from '#dist/operators/propose-scale.js';
import { scoreChange } from '#dist/operators/score-change.js';
import { changePolicy } from '#dist/scales/change-policy.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import type { Observable } from 'rxjs';
import { NEVER, concat, lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { score } from '../support/change-score.ts';
import { behavesLikeMap } from '../support/operator-contract.ts';
import { paintedFrame } from '../support/painted-source.ts';
import { scenery, solid, withBox } from '../support/picture.ts';

const SIDE = 96;
const ladder = defaultLadder(24);
const START_US = 1_800_000_000_000_000n;
const picture = { resize: 'stretch', width: 1920, height: 1080 } as const;

/** What a watch heard, and the operator. */
function watching(part: Partial<MomentWatch> = {}) {
  const told: StreamMoment[] = [];
  const detector = new ChangeDetector({ frameSide: SIDE, ladder, minSceneS: 0.4 });
  const watch = {
    ...picture,
    detector,
    gridSide: 24,
    quietS: 0.5,
    tell: (moment: StreamMoment) => told.push(moment),
    ...part,
  };
  return { told, detector, operator: noteMoments(watch) };
}

/** Frames of which these are cuts, with change scores made up. */
const scored = (cuts: readonly number[], count: number, part: Partial<Frame> = {}) =>
  Array.from({ length: count }, (_, i) => ({
    frame: paintedFrame(100 + i, solid(4, [90, 90, 90]), part),
    change: score({ first: i === 0, cut: cuts.includes(i) }),
  }));

/** A scene at 25 frames a second in which a box runs from left to right, in frames 25 … 39. */
const BUSY = { from: 25, to: 40 } as const;
const still = scenery(SIDE, 1);
const clip = (count: number, live = true): Frame[] =>
  Array.from({ length: count }, (_, i) => {
    const box = { x: 10 + 4 * (i - BUSY.from), y: 40, width: 16, height: 16 };
    const painted = i >= BUSY.from && i < BUSY.to ? withBox(still, box, [255, 255, 255]) : still;
    return paintedFrame(i, painted, live ? { wallclockUs: START_US + BigInt(i) * 40_000n } : {});
  });

/** Frames in the closed loop, and the moments that are told of them. */
function looped(frames: Observable<Frame>, part: Partial<MomentWatch> = {}) {
  const { told, detector, operator } = watching(part);
  const policy = changePolicy(ladder, { price: 25, refreshS: 10, hysteresis: 0.15 });
  return { told, scaled: frames.pipe(scoreChange(detector), operator, proposeScale(policy, detector)) };
}

async function momentsOf(frames: readonly Frame[], part: Partial<MomentWatch> = {}): Promise<StreamMoment[]> {
  const { told, scaled } = looped(of(...frames), part);
  await lastValueFrom(scaled);
  return told;
}

describe('noteMoments', () => {
  behavesLikeMap({
    operator: () => watching().operator,
    inputs: () => {
      const [first, cut, last] = scored([1], 3);
      return [first!, cut!, last!];
    },
    look: ({ frame, change }) => [frame.index, change.cut],
    outputs: [
      [100, false],
      [101, true],
      [102, false],
    ],
  });

  test('tells of each cut by its place in this run, with the time of the frame, and changes nothing', async () => {
    const { told, operator } = watching();
    const frames = scored([2, 5], 7, { wallclockUs: 7n });
    const passed = await lastValueFrom(of(...frames).pipe(operator, toArray()));
    for (const [i, frame] of frames.entries()) expect(passed[i]).toBe(frame);
    expect(told).toEqual([
      { kind: 'cut', index: 2, wallclockUs: 7n },
      { kind: 'cut', index: 5, wallclockUs: 7n },
    ]);
  });

  test('has no time of day to tell of a file', async () => {
    const { told, operator } = watching();
    await lastValueFrom(of(...scored([1], 2)).pipe(operator));
    expect(told).toEqual([{ kind: 'cut', index: 1 }]);
  });

  test('counts anew for each subscription', async () => {
    const { told, operator } = watching();
    for (let run = 0; run < 2; run++) await lastValueFrom(of(...scored([1], 2)).pipe(operator));
    expect(told.map(({ index }) => index)).toEqual([1, 1]);
  });

  test('tells when things begin to move and when they have come to rest, at the time when they did, and where', async () => {
    const told = await momentsOf(clip(80));
    expect(told.map(({ kind }) => kind)).toEqual(['activity-start', 'activity-end']);
    const [start, end] = [told[0]!, told[1]!];
    const frameAt = (us: bigint | undefined): number => Number((us! - START_US) / 40_000n);
    expect(frameAt(start.wallclockUs)).toBe(BUSY.from);
    expect(start.index).toBeGreaterThanOrEqual(BUSY.from);
    // The box goes away in the frame after its last: that is a change too.
    expect(frameAt(end.wallclockUs)).toBeLessThanOrEqual(BUSY.to);
    expect(end.index).toBeGreaterThanOrEqual(BUSY.to - 1);
    // From the left edge of the box in its first frame to its right edge in the last, rows 40 … 55 of 96.
    const { x, y, width, height } = end.region!;
    expect(y).toBeCloseTo(40 / SIDE, 1);
    expect(height).toBeCloseTo(16 / SIDE, 1);
    expect(x).toBeCloseTo(10 / SIDE, 1);
    expect(x + width).toBeCloseTo((10 + 4 * 14 + 16) / SIDE, 1);
  });

  test('gives regions of the upright picture, not of the square that the encoder sees', async () => {
    const [, end] = await momentsOf(clip(80, false), { resize: 'pad', width: 200, height: 100 });
    expect(end!.wallclockUs).toBeUndefined();
    // Half of the square is padding: what is 16 of 96 rows there is twice that in the picture.
    expect(end!.region!.y).toBeCloseTo(2 * (40 / SIDE) - 0.5, 1);
    expect(end!.region!.height).toBeCloseTo((2 * 16) / SIDE, 1);
  });

  test.each(['ends', 'is cut off'])('ends what is under way when the stream %s', (how) => {
    const frames = of(...clip(BUSY.to - 5));
    const { told, scaled } = looped(how === 'ends' ? frames : concat(frames, NEVER));
    const running = scaled.subscribe();
    if (how !== 'ends') expect(told.map(({ kind }) => kind)).toEqual(['activity-start']);
    running.unsubscribe();
    expect(told.map(({ kind }) => kind)).toEqual(['activity-start', 'activity-end']);
    expect(told[1]!.index).toBe(BUSY.to - 6);
  });
});
