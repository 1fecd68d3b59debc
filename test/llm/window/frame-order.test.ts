import { FrameOrder } from '#dist/llm/window/frame-order.js';
import { describe, expect, test } from 'vitest';

const taken = (...frames: [id: string, atS: number, wallclockMs?: number][]) => {
  const order = new FrameOrder();
  return frames.map(([id, atS, wallclockMs]) =>
    order.next({ id, atS, ...(wallclockMs !== undefined && { wallclockMs }) }),
  );
};
const segments = (...frames: [string, number, number?][]) => taken(...frames).map((seat) => seat?.segment);

describe('the order of frames', () => {
  test('begins a segment with each epoch, and where time goes back', () => {
    expect(segments(['a/0/0', 5], ['a/0/1', 6], ['a/1/2', 7], ['a/1/3', 2], ['a/1/4', 2])).toEqual([0, 0, 1, 2, 2]);
  });

  test('counts ages over epochs by the wall clock, where there is one', () => {
    const clocks = (...frames: [string, number, number?][]) => taken(...frames).map((seat) => seat?.clockS);
    expect(clocks(['a/0/0', 5, 1000], ['a/0/1', 6, 2000], ['a/1/2', 0, 62_000], ['a/1/3', 1, 63_000])).toEqual([
      5, 6, 66, 67,
    ]);
    expect(clocks(['a/0/0', 5], ['a/1/1', 0], ['a/1/2', 3])).toEqual([5, 5, 8]);
    expect(clocks(['a/0/0', 5, 9000], ['a/1/1', 0, 1000])).toEqual([5, 5]);
  });

  test('knows several frames of one packet, and names with slashes', () => {
    expect(segments(['a/0/0/0', 0], ['a/0/0/1', 1], ['a/0/0/1', 1], ['a/0/0/0', 0], ['a/0/1', 2])).toEqual([
      ...[0, 0, undefined],
      ...[undefined, 0],
    ]);
    expect(segments(['floor/1/0/8', 0], ['floor/1/0/9', 1], ['floor/1/0/8', 0], ['floor/1/0/10', 2])).toEqual([
      ...[0, 0],
      ...[undefined, 0],
    ]);
  });

  test('takes ids of any form, and knows the last one again', () => {
    expect(segments(['x', 0], ['y', 1], ['y', 1], ['x', 2])).toEqual([0, 0, undefined, 0]);
  });
});
