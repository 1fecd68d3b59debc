import { mergeRuns } from '#dist/llm/window/merge-runs.js';
import { leastTokens, planCut } from '#dist/llm/window/plan-cut.js';
import type { Slot } from '#dist/llm/window/slot.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const limits = { ladder: [1, 9, 36, 144], stampTokens: 12, stampEveryS: 5, pinnedShare: 0.5, gone: false };

const slot = (i: number, part: Partial<Slot> = {}): Slot => ({
  ...{ tokens: 144, frames: 1, atS: i, untilS: i, clockS: i, untilClockS: i, segment: 0, pinned: false },
  ...part,
});
const slots = (count: number, part: Partial<Slot> = {}): Slot[] =>
  Array.from({ length: count }, (_, i) => slot(i, part));

describe('a plan of a cut', () => {
  test('gives each scale about the same tokens, the newest frames the finest', () => {
    const { groups } = planCut(slots(2000), { ...limits, target: 8000 });
    const tokens = groups.map((group) => group.tokens);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    const spent = [9, 36, 144].map((scale) => tokens.filter((each) => each === scale).length * scale);
    for (const each of spent) expect(each).toBeGreaterThan(8000 / 10);
    expect(groups.at(-1)).toEqual({ from: 1999, to: 2000, tokens: 144 });
  });

  test('changes nothing where everything fits', () => {
    const { groups } = planCut(slots(20), { ...limits, target: 20 * 156 + 200 });
    expect(groups.length).toBe(20);
    expect(planCut(slots(20, { tokens: 1 }), { ...limits, target: 200 }).groups.map(({ tokens }) => tokens)).toEqual(
      Array<number>(20).fill(1),
    );
  });

  test('takes the pins of the oldest, from the first one that does not fit', () => {
    const all = [
      ...[36, 1, 144].map((tokens, i) => slot(i, { tokens, pinned: true })),
      ...slots(30).map((each) => each),
    ];
    const moved = all.map((each, i) => ({ ...each, atS: i, untilS: i, clockS: i, untilClockS: i }));
    const newest = slot(40, { tokens: 1, pinned: true });
    const { pinned } = planCut([...moved, newest], { ...limits, target: 350 });
    expect(pinned.flatMap((each, i) => (each ? i : []))).toEqual([33]);
  });

  test('merges no more where many are pinned among the old ones', () => {
    const mergedOf = (pins: number): number => {
      const all = slots(2000).map((each, i) => ({ ...each, pinned: i > 500 && i <= 500 + pins }));
      return planCut(all, { ...limits, target: 8000 }).groups.filter(({ from, to }) => to - from > 1).length;
    };
    // Merged as far as it goes there would be two.
    expect(mergedOf(20)).toBeGreaterThanOrEqual(5);
  });

  test('keeps to its target where pinned frames take all that they may', () => {
    const all = slots(200).map((each, i) => ({ ...each, segment: i, pinned: i % 2 === 0 }));
    const { groups } = planCut(all, { ...limits, pinnedShare: 1, target: 3000 });
    const most = groups.reduce((sum, { tokens }) => sum + tokens + 24, 36);
    expect(most).toBeLessThanOrEqual(3000 + 24);
    expect(groups.filter(({ tokens }) => tokens === 144).length).toBe(17);
  });

  test('covers every slot once or lets it go, oldest first, and never the newest', () => {
    const anySlots = fc.array(
      fc.record({
        tokens: fc.constantFrom(1, 9, 36, 144),
        pinned: fc.boolean(),
        later: fc.constantFrom(0, 1, 100),
        anew: fc.nat(9),
      }),
      { minLength: 1, maxLength: 80 },
    );
    fc.assert(
      fc.property(anySlots, fc.integer({ min: leastTokens(limits.ladder, 12), max: 900 }), (made, target) => {
        let [clockS, segment] = [0, 0];
        const all = made.map(({ tokens, pinned, later, anew }, i) => {
          clockS += later;
          if (anew === 0) segment++;
          return slot(i, { tokens, pinned, segment, clockS, untilClockS: clockS });
        });
        const { groups, pinned } = planCut(all, { ...limits, target });
        const held = groups.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
        expect(held).toEqual([...new Set(held)].sort((a, b) => a - b));
        expect(held.at(-1)).toBe(all.length - 1);
        const oldest = held.find((i) => !pinned[i]) ?? all.length;
        const letGo = all.flatMap((_, i) => (held.includes(i) ? [] : i));
        expect(letGo.every((i) => i < oldest && !pinned[i])).toBe(true);
        for (const { from, to, tokens } of groups) {
          expect(tokens).toBeLessThanOrEqual(all[from]!.tokens);
          if (pinned[from]) expect([to - from, tokens]).toEqual([1, all[from]!.tokens]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('runs of merged frames', () => {
  const merged = (all: Slot[], fixed: number[], share: number): number[] =>
    mergeRuns(
      all,
      all.map((_, i) => fixed.includes(i)),
      { end: all.length, share, tokens: 1 },
      () => false,
    )!.map(({ from, to }) => to - from);

  test('are as long as their share of their age allows', () => {
    const all = slots(16);
    expect(merged(all, [], 0)).toEqual(Array(16).fill(1));
    // 0 … 5 covers 5 s and ended 10 s ago; 0 … 7 would be 7 s, 8 s ago, which is fine for a share of 1 only.
    expect(merged(all, [], 0.51)[0]).toBe(6);
    expect(merged(all, [], 1)[0]).toBe(8);
  });

  test('end at a pinned frame, and where time starts anew', () => {
    const all = slots(100).map((each, i) => ({ ...each, segment: i < 4 ? 0 : 1 }));
    expect(merged(all, [7], 0.1).slice(0, 4)).toEqual([4, 3, 1, expect.any(Number)]);
  });
});
