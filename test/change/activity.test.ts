import { Activity } from '#dist/change/activity.js';
import type { ActivityEvent, ActivityFrame } from '#dist/change/activity.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const GRID = 24;
const calm = new Uint8Array(GRID * GRID);

function at(timeS: number, cells: readonly number[] = [], part: Partial<ActivityFrame> = {}): ActivityFrame {
  const changed = calm.slice();
  for (const cell of cells) changed[cell] = 1;
  return { timeS, changed, first: false, cut: false, flash: false, ...part };
}

const events = (frames: readonly ActivityFrame[], quietS?: number): ActivityEvent[] => {
  const activity = new Activity(GRID, quietS);
  return frames.flatMap((frame) => activity.next(frame) ?? []);
};
const wide = Array.from({ length: 18 }, (_, i) => i);

describe('an activity', () => {
  test('begins with the second of two frames within a second, at the time of the first', () => {
    expect(events([at(0), at(1, [25]), at(1.2), at(1.9, [51])])).toEqual([
      { kind: 'start', timeS: 1, region: { x: 1 / 24, y: 1 / 24, width: 3 / 24, height: 2 / 24 } },
    ]);
  });

  test('does not begin with a cell now and then', () => {
    expect(events([at(0, [3]), at(1.5, [3]), at(3, [3]), at(4.5, [3])])).toEqual([]);
  });

  test('begins at once where 3 percent of the cells change', () => {
    expect(events([at(2, wide)])).toMatchObject([{ kind: 'start', timeS: 2 }]);
    expect(events([at(2, wide.slice(1))])).toEqual([]);
  });

  test('ends after a quiet time, at its last change, with the box about all of it', () => {
    const frames = [at(0, [0]), at(0.5, [1]), at(2, [GRID * GRID - 1]), at(3, []), at(4.9, []), at(5, []), at(9, [])];
    expect(events(frames).slice(1)).toEqual([{ kind: 'end', timeS: 2, region: { x: 0, y: 0, width: 1, height: 1 } }]);
  });

  test('ends in a gap between frames, and what comes after it may begin the next', () => {
    const frames = [at(0, [0]), at(0.5, [0]), at(60, [7]), at(60.5, [7])];
    expect(events(frames).map(({ kind, timeS }) => [kind, timeS])).toEqual([
      ['start', 0],
      ['end', 0.5],
      ['start', 60],
    ]);
  });

  test.each(['first', 'cut', 'flash'] as const)('does not begin with a frame that is %s', (flag) => {
    expect(events([at(0, wide, { [flag]: true }), at(0.1, [], {}), at(0.2, wide, { [flag]: true })])).toEqual([]);
  });

  test('is ended by the end of the stream', () => {
    const activity = new Activity(GRID);
    activity.next(at(1, wide));
    expect(activity.end()).toMatchObject({ kind: 'end', timeS: 1 });
    expect(activity.end()).toBeUndefined();
  });

  test('starts and ends in turn, whatever changes', () => {
    const frame = fc.record({
      stepS: fc.double({ min: 0.01, max: 5, noNaN: true }),
      cells: fc.array(fc.nat(575), { maxLength: 30 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 60 }), fc.double({ min: 0.1, max: 5, noNaN: true }), (steps, quietS) => {
        let timeS = 0;
        const seen = events(
          steps.map(({ stepS, cells }) => at((timeS += stepS), cells)),
          quietS,
        );
        for (const [i, { kind, timeS: when, region }] of seen.entries()) {
          expect(kind).toBe(i % 2 === 0 ? 'start' : 'end');
          if (i > 0) expect(when).toBeGreaterThanOrEqual(seen[i - 1]!.timeS);
          expect(Math.max(region.x + region.width, region.y + region.height)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
