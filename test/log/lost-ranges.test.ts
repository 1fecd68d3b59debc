import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LostRanges } from '#dist/log/lost-ranges.js';

const count = (of: readonly number[], first: number, last: number): number =>
  new Set(of.filter((sequence) => sequence >= first && sequence <= last)).size;

describe('LostRanges', () => {
  it('counts what was lost between two sequences, in whatever order it was told', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 40 }), fc.nat(60), fc.nat(60), (lost, a, b) => {
        const ranges = new LostRanges();
        for (const sequence of lost) ranges.add(sequence);
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        expect(ranges.count(first, last)).toBe(count(lost, first, last));
      }),
    );
  });

  it('counts too many rather than too few where there are more than 64 ranges', () => {
    const ranges = new LostRanges();
    const lost = Array.from({ length: 200 }, (_, i) => 10 * i);
    for (const sequence of lost) ranges.add(sequence);
    for (const sequence of lost) expect(ranges.count(sequence, sequence)).toBe(1);
    // The newest are exact.
    expect(ranges.count(1500, 1999)).toBe(count(lost, 1500, 1999));
    expect(ranges.count(0, 1999)).toBeLessThan(2000);
  });
});
