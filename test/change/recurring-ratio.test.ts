import { RecurringRatio } from '#dist/change/recurring-ratio.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const CELLS = 100;

/** Shows frames in which every cell says the same. */
function shown(frames: readonly (readonly [short: number, long: number])[], most = 1): RecurringRatio {
  const ratio = new RecurringRatio(CELLS, most);
  for (const [short, long] of frames) {
    for (let cell = 0; cell < CELLS; cell++) ratio.add(short, long);
    ratio.learn();
  }
  return ratio;
}

const times = <T>(length: number, value: T): T[] => Array.from({ length }, () => value);

describe('the recurring ratio', () => {
  test('is 0 before anything was learned, and where nothing changes', () => {
    expect(shown([]).value).toBe(0);
    expect(shown(times(20, [0, 0])).value).toBe(0);
  });

  test('is what changes from frame to frame and no more over a longer time', () => {
    expect(shown(times(30, [0.3, 0.3])).value).toBeCloseTo(0.3, 5);
  });

  test('is 0 for what grows with time, as motion does', () => {
    expect(shown(times(30, [0.3, 0.7])).value).toBe(0);
  });

  test('is 0 after a step that stays: the older frame does not forget it as fast', () => {
    expect(shown([...times(30, [0, 0] as const), [0.5, 0.5], ...times(8, [0, 0.5] as const)]).value).toBe(0);
  });

  test('is 0 where more changes than it may', () => {
    expect(shown(times(30, [0.3, 0.3]), 0.29).value).toBe(0);
  });

  test('does not mind that most of the picture moves, as long as three in ten cells do not', () => {
    const ratio = new RecurringRatio(CELLS, 1);
    for (let frame = 0; frame < 30; frame++) {
      for (let cell = 0; cell < CELLS; cell++) {
        if (cell % 20 < 7) ratio.add(0.1, 0.1);
        else ratio.add(5, 9);
      }
      ratio.learn();
    }
    expect(ratio.value).toBeCloseTo(0.1, 5);
  });

  test('learns nothing from fewer than one in ten cells', () => {
    const ratio = new RecurringRatio(CELLS, 1);
    for (let frame = 0; frame < 30; frame++) {
      for (let cell = 0; cell < CELLS / 10 - 1; cell++) ratio.add(0.5, 0.5);
      ratio.learn();
    }
    expect(ratio.value).toBe(0);
  });

  test('lies between 0 and the most that it may be, whatever it is shown', () => {
    const share = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(share, share), { maxLength: 40 }), (frames) => {
        const { value } = shown(frames, 0.15);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(0.15);
      }),
    );
  });
});
