import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FrameFacts } from '../../page/frame-facts.ts';
import { SeriesRing, seriesOf } from '../../page/series.ts';

function frame(sequence: number, timeS: number): FrameFacts {
  const counts = Uint16Array.of(sequence % 7, sequence % 3);
  const positions = new Int32Array(0);
  return {
    ...{
      sequence,
      timeS,
      epoch: 0,
      kind: 'hold',
      scale: 1,
      tokens: sequence % 145,
      change: 0.5,
      dropped: sequence % 2,
    },
    ...{ positions, counts },
  };
}

test('a ring has the newest frames of all that it was given, from any time on', () => {
  const sizes = { capacity: fc.integer({ min: 1, max: 9 }), given: fc.nat(60), from: fc.nat(60) };
  fc.assert(
    fc.property(fc.record(sizes), ({ capacity, given, from }) => {
      const frames = Array.from({ length: given }, (_, i) => frame(i, i / 10));
      const ring = new SeriesRing(capacity, 2);
      for (const each of frames) ring.push(each, each.sequence % 5);
      const kept = frames.slice(-capacity).filter(({ timeS }) => timeS >= from / 10);
      const missing = new Map(kept.map(({ sequence }) => [sequence, sequence % 5]));
      expect(ring.length).toBe(Math.min(capacity, given));
      expect(ring.since(from / 10)).toEqual(seriesOf(kept, 2, missing));
    }),
  );
});

test('times ascend where a clock falls a little, and a file that begins anew begins an empty ring', () => {
  const ring = new SeriesRing(10, 2);
  for (const [i, timeS] of [5, 5, 4.9, 6].entries()) ring.push(frame(i, timeS), 0);
  const { timeS } = ring.since(-Infinity);
  expect([...timeS]).toEqual([...timeS].sort((a, b) => a - b));
  expect(new Set(timeS).size).toBe(4);
  ring.push(frame(9, 0), 0);
  expect([...ring.since(-Infinity).sequence]).toEqual([9]);
});
