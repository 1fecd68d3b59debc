import { Activity } from '#dist/change/activity.js';
import type { ActivityEvent } from '#dist/change/activity.js';
import { ChangeDetector } from '#dist/change/change-detector.js';
import { DEFAULT_GATE, gatePolicy } from '#dist/scales/gate-policy.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import { describe, expect, test } from 'vitest';
import { scenery } from '../support/picture.ts';
import { clip, clock, infrared, lightning, passing, pumping, rain, together, tree, turning } from './habit-clips.ts';
import type { ClipLength, Habit } from './habit-clips.ts';

const SIDE = 192;
const ladder = defaultLadder(24);
const still = scenery(SIDE, 1);

interface Watched {
  /** Times of the frames for which the encoder ran, the first frame's left out, seconds. */
  readonly runs: readonly number[];
  readonly events: readonly ActivityEvent[];
  between(fromS: number, toS: number): number;
}

/** What the gate makes of a camera. */
function watch(habit: Habit, length: ClipLength): Watched {
  const detector = new ChangeDetector({ frameSide: SIDE, ladder, minSceneS: 0.4, camera: true });
  const policy = gatePolicy(ladder, { gate: DEFAULT_GATE, refreshS: 10 });
  const activity = new Activity(ladder.gridSide);
  const runs: number[] = [];
  const events: ActivityEvent[] = [];
  let frame = 0;
  for (const picture of clip(still, habit, length)) {
    const timeS = frame++ / length.fps;
    const score = detector.score(picture, timeS);
    const { scale } = policy.choose(score);
    detector.sent(scale);
    if (scale && frame > 1) runs.push(timeS);
    const event = activity.next({ timeS, changed: detector.newCells, ...score });
    if (event) events.push(event);
  }
  return { runs, events, between: (fromS, toS) => runs.filter((t) => t >= fromS && t < toS).length };
}

describe('a light that changes', () => {
  test.each([1, 2, 3])('as lightning over %i frames costs two encoder runs at most and is no activity', (frames) => {
    const seen = watch(lightning(10, frames / 5, 5), { fps: 5, seconds: 25 });
    expect(seen.runs.length).toBeLessThanOrEqual(2);
    expect(seen.between(12, 25)).toBe(0);
    expect(seen.events).toEqual([]);
  });

  test.each([2, 5])('as the switch to infrared, exposure settled after %i s, costs a few runs', (settleS) => {
    const seen = watch(infrared(10, settleS), { fps: 5, seconds: 30, sigma: (t) => (t < 10 ? 1 : 4) });
    expect(seen.runs.length).toBeGreaterThanOrEqual(1);
    expect(seen.runs.length).toBeLessThanOrEqual(4);
    expect(seen.between(18, 30)).toBe(0);
  });

  test.each([2, 5, 10])('as an exposure that hunts every %i s leaves nine frames in ten at rest', (periodS) => {
    const seen = watch(pumping(0.15, periodS), { fps: 5, seconds: 40 });
    expect(seen.runs.length).toBeLessThanOrEqual(20);
    expect(seen.events).toEqual([]);
  });

  test('does not hide who comes in with it', () => {
    const person = passing({ width: 16, height: 40 }, 20, 12, 20);
    const seen = watch(together(pumping(0.15, 5), person), { fps: 5, seconds: 30 });
    expect(seen.between(13, 19)).toBeGreaterThanOrEqual(20);
    expect(seen.events[0]).toMatchObject({ kind: 'start' });
    expect(Math.abs(seen.events[0]!.timeS - 12.5)).toBeLessThan(1.5);
  });
});

describe('a camera that turns', () => {
  test('costs a run for each frame of the turn at most and rests right after', () => {
    const seen = watch(turning(scenery(SIDE + 200, 5), 50, 10, 13), { fps: 5, seconds: 25 });
    expect(seen.between(10, 13.2)).toBeGreaterThan(10);
    expect(seen.between(0, 10) + seen.between(13.4, 25)).toBe(0);
    expect(seen.events.map(({ kind }) => kind)).toEqual(['start', 'end']);
  });
});

describe('a place that always changes', () => {
  test.each([
    ['a clock at 2 frames/s', clock(2), 2, 0.15],
    ['a clock at 5 frames/s', clock(2), 5, 0.06],
    ['a tree in the wind', tree(3), 5, 0.3],
    ['rain', rain(3, 80), 5, 0.2],
  ])('is learned in some two minutes: %s', (_, habit, fps, most) => {
    const seen = watch(habit, { fps, seconds: 160 });
    expect(seen.between(0, 50)).toBeGreaterThan(3 * seen.between(110, 160));
    expect(seen.between(110, 160)).toBeLessThanOrEqual(most * fps * 50);
  });

  test('does not hide who walks by elsewhere', () => {
    const seen = watch(together(clock(2), passing({ width: 12, height: 30 }, 12, 130, 145)), { fps: 5, seconds: 160 });
    expect(seen.between(132, 144)).toBeGreaterThan(45);
    const started = seen.events.filter(({ kind, timeS }) => kind === 'start' && timeS > 120);
    expect(started).toHaveLength(1);
    expect(started[0]!.timeS).toBeGreaterThanOrEqual(130);
  });

  test('is forgotten when it calms down: after half a minute its changes count at once', () => {
    const calm: Habit = (picture, t) => clock(2)(picture, t < 100 ? t : t < 140 ? 100 : t - 40);
    const seen = watch(calm, { fps: 2, seconds: 150 });
    expect(seen.between(85, 100)).toBeLessThanOrEqual(3);
    expect(seen.between(140, 150)).toBeGreaterThanOrEqual(8);
  });
});

describe('what is no habit', () => {
  test('a car that parks is seen, then rests, and is seen when it leaves', () => {
    const leaves: Habit = (picture, t) => passing({ width: 40, height: 24 }, 40, 10, 13)(picture, t < 43 ? t : 56 - t);
    const seen = watch(leaves, { fps: 5, seconds: 50 });
    expect(seen.between(10, 13.2)).toBeGreaterThan(12);
    expect(seen.between(13.4, 43)).toBe(0);
    expect(seen.between(43, 47)).toBeGreaterThan(12);
    expect(seen.events.map(({ kind }) => kind)).toEqual(['start', 'end', 'start', 'end']);
  });

  test('a person who walks slowly is seen in the last ten seconds of thirty as in the first', () => {
    const seen = watch(passing({ width: 12, height: 30 }, 5, 10, 40), { fps: 5, seconds: 50 });
    expect(seen.between(30, 40)).toBeGreaterThan(0.8 * seen.between(14, 24));
    expect(seen.between(30, 40)).toBeGreaterThan(20);
  });

  test('text that appears once is sent at once', () => {
    const text: Habit = (picture, t) => clock(3)(picture, t < 20 ? 0 : 5000);
    expect(watch(text, { fps: 5, seconds: 50 }).runs).toEqual([20]);
  });

  test('noise at night, and a gain that steps up, start no activity and leave the gate shut', () => {
    const seen = watch((picture) => picture, { fps: 5, seconds: 40, sigma: (t) => (t < 20 ? 3 : 8) });
    expect(seen.runs.length).toBeLessThanOrEqual(4);
    expect(seen.events).toEqual([]);
  });
});
