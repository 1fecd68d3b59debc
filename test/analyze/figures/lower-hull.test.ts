import { leastError, lowerHull } from '#dist/analyze/figures/lower-hull.js';
import type { Choice } from '#dist/analyze/figures/lower-hull.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const LADDER = [1, 4, 16];

/** What each scale leaves of a few frames: never more with more tokens. */
const clips = fc.array(
  fc
    .tuple(...LADDER.map(() => fc.double({ min: 0, max: 10, noNaN: true })))
    .map((errors) => [...errors].sort((a, b) => b - a).map((error, i): Choice => ({ tokens: LADDER[i]!, error }))),
  { minLength: 1, maxLength: 5 },
);

/** Every choice of one scale a frame. */
function* everyChoice(clip: readonly (readonly Choice[])[]): Generator<Choice> {
  const [first, ...rest] = clip;
  if (!first) yield { tokens: 0, error: 0 };
  for (const choice of first ?? []) {
    for (const others of everyChoice(rest)) {
      yield { tokens: choice.tokens + others.tokens, error: choice.error + others.error };
    }
  }
}

describe('the least error of a budget', () => {
  test('is never above any choice of scales that keeps to it', () => {
    fc.assert(
      fc.property(clips, (clip) => {
        for (const { tokens, error } of everyChoice(clip)) {
          expect(leastError(clip, tokens)).toBeLessThanOrEqual(error + 1e-9);
        }
      }),
    );
  });

  test('is on the lower hull of all choices: some choice reaches it at each of its corners', () => {
    fc.assert(
      fc.property(clips, (clip) => {
        const all = [...everyChoice(clip)].sort((a, b) => a.tokens - b.tokens || a.error - b.error);
        for (const corner of lowerHull(all)) {
          expect(leastError(clip, corner.tokens)).toBeCloseTo(corner.error, 6);
        }
      }),
    );
  });

  test('is that of the finest scale where the budget has room for it', () => {
    fc.assert(
      fc.property(clips, (clip) => {
        const finest = clip.reduce((sum, frame) => sum + frame.at(-1)!.error, 0);
        expect(leastError(clip, 16 * clip.length)).toBeCloseTo(finest, 9);
      }),
    );
  });
});
