import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Triggers } from '#dist/llm/ask/triggers.js';

/** Runs frames, and moments after some of them, through triggers that are asked as soon as they are due. */
function asked(
  triggers: Triggers,
  frames: readonly number[],
  moments: ReadonlySet<number> = new Set(),
): { readonly atS: number; readonly merged: number }[] {
  const questions: { atS: number; merged: number }[] = [];
  for (const [index, atS] of frames.entries()) {
    triggers.frame(atS);
    if (moments.has(index)) triggers.moment();
    if (triggers.due) questions.push({ atS, merged: triggers.take() });
  }
  return questions;
}

const seconds = (count: number, step = 1): number[] => Array.from({ length: count }, (_, i) => i * step);

describe('a standing question', () => {
  test('is asked each time that so many seconds of the stream have passed, counted from its first frame', () => {
    const triggers = new Triggers({ everyS: 10, cooldownS: 0 });
    const frames = seconds(36).map((s) => s + 100.5);
    expect(asked(triggers, frames).map(({ atS }) => atS)).toEqual([110.5, 120.5, 130.5]);
  });

  test('is asked once after a gap, however many of its times passed in it', () => {
    const triggers = new Triggers({ everyS: 10, cooldownS: 0 });
    expect(asked(triggers, [0, 5, 47, 49, 51])).toEqual([
      { atS: 47, merged: 0 },
      { atS: 51, merged: 0 },
    ]);
  });

  test('counts anew where time goes back: that is another epoch', () => {
    const triggers = new Triggers({ everyS: 10, cooldownS: 30 });
    expect(asked(triggers, [500, 510, 3, 12, 13, 14]).map(({ atS }) => atS)).toEqual([510, 13]);
  });

  test('is not asked at moments unless it wants to be', () => {
    expect(asked(new Triggers({ everyS: 10, cooldownS: 0 }), seconds(9), new Set([3]))).toEqual([]);
    expect(asked(new Triggers({ onActivity: true, cooldownS: 0 }), seconds(9), new Set([3]))).toEqual([
      { atS: 3, merged: 0 },
    ]);
  });

  test('waits until the last one is old enough, and takes the others that come meanwhile with it', () => {
    const triggers = new Triggers({ onActivity: true, cooldownS: 5 });
    expect(asked(triggers, seconds(20), new Set([2, 3, 4, 6, 15]))).toEqual([
      { atS: 2, merged: 0 },
      { atS: 7, merged: 2 },
      { atS: 15, merged: 0 },
    ]);
  });

  test('at the end is asked about what no question was about, and no more where there is nothing', () => {
    const triggers = new Triggers({ everyS: 10, cooldownS: 60 });
    expect(asked(triggers, seconds(26)).map(({ atS }) => atS)).toEqual([10]);
    triggers.end();
    expect(triggers.due).toBe(true);
    triggers.take();
    triggers.end();
    expect(triggers.due).toBe(false);
  });

  test('at the end is asked what waits for its cooldown, and nothing where nothing happened', () => {
    const busy = new Triggers({ onActivity: true, cooldownS: 60 });
    asked(busy, seconds(10), new Set([1, 5]));
    expect(busy.due).toBe(false);
    busy.end();
    expect(busy.due).toBe(true);
    const calm = new Triggers({ onActivity: true, cooldownS: 60 });
    asked(calm, seconds(10));
    calm.end();
    expect(calm.due).toBe(false);
  });

  test('is never asked twice within its cooldown, and loses no trigger', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(gaps, fc.uniqueArray(fc.nat(79)), fc.integer({ min: 0, max: 300 }), (steps, at, cooldownS) => {
        let now = 0;
        const frames = steps.map((step) => (now += step));
        const moments = new Set(at.filter((index) => index < frames.length));
        const triggers = new Triggers({ onActivity: true, cooldownS });
        const questions = asked(triggers, frames, moments);
        for (let i = 1; i < questions.length; i++) {
          expect(questions[i]!.atS - questions[i - 1]!.atS).toBeGreaterThanOrEqual(cooldownS);
        }
        triggers.end();
        if (triggers.due) questions.push({ atS: now, merged: triggers.take() });
        expect(questions.reduce((sum, { merged }) => sum + 1 + merged, 0)).toBe(moments.size);
      }),
    );
  });
});
