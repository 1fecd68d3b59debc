import { describe, expect, test } from 'vitest';
import { askedSpan } from '#dist/llm/ask/asked-span.js';
import type { HeldFrame, WindowView } from '#dist/llm/window-frame.js';

const held = (atS: number, more: Partial<HeldFrame<null>> = {}): HeldFrame<null> => ({
  ...{ id: `a/0/${atS}@9`, atS, untilS: atS, frames: 1, tokens: 9, content: null },
  ...more,
});

function view(frames: readonly HeldFrame<null>[]): WindowView<null> {
  const parts = frames.flatMap((frame) => [
    { type: 'text', text: `[${frame.atS}]` } as const,
    { type: 'frame', frame } as const,
  ]);
  return { parts, tokens: 999, cuts: 0, fromS: frames[0]?.atS ?? NaN, toS: frames.at(-1)?.untilS ?? NaN };
}

describe('what a question is about', () => {
  test('begins with the oldest frame in the window where nothing was answered before', () => {
    expect(askedSpan(view([held(3), held(4, { tokens: 36 }), held(5.5)]), undefined)).toEqual({
      ...{ t0: 3, t1: 5.5, tokens: 54 },
    });
  });

  test('begins where the last question that was answered ended', () => {
    expect(askedSpan(view([held(3), held(4), held(5)]), 4)).toMatchObject({ t0: 4, t1: 5, tokens: 27 });
  });

  test('begins with the oldest frame where those since the last answer have left the window', () => {
    expect(askedSpan(view([held(30), held(40)]), 4)).toMatchObject({ t0: 30, t1: 40 });
  });

  test('leaves out what is of another epoch, though it was sent', () => {
    expect(askedSpan(view([held(30), held(40), held(2), held(3)]), undefined)).toMatchObject({
      ...{ t0: 2, t1: 3, tokens: 36 },
    });
  });

  test('ends with the last of the frames that were merged, and tells the time of day where there is one', () => {
    const merged = held(3, { untilS: 9, frames: 4, tokens: 1, wallclockMs: 1234 });
    expect(askedSpan(view([merged]), undefined)).toEqual({ t0: 3, t1: 9, tokens: 1, atMs: 1234 });
  });
});
