import { PacketRing } from '#dist/log/packet-ring.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const packet = (sequence: number, size = 10) => ({
  ...{ sequence, bytes: new Uint8Array(size) },
  ...{ tokens: 1, epoch: 0, atMs: 0 },
});

describe('a packet ring', () => {
  test('is empty at first', () => {
    const ring = new PacketRing({ packets: 3, bytes: 100 });
    expect([ring.oldest, ring.next, ring.get(0), ring.get(-1)]).toEqual([0, 0, undefined, undefined]);
    expect(ring.wouldEvict(1e9)).toBe(false);
  });

  test('keeps the newest packets and forgets the oldest', async () => {
    const ring = new PacketRing({ packets: 3, bytes: 1000 });
    const packets = Array.from({ length: 5 }, (_, i) => packet(i));
    for (const each of packets) await ring.append(each);
    expect([ring.oldest, ring.next]).toEqual([2, 5]);
    for (const [i, each] of packets.entries()) expect(ring.get(i)).toBe(i < 2 ? undefined : each);
    expect(ring.get(5)).toBeUndefined();
  });

  test('keeps no more bytes than it may, but always the newest packet', async () => {
    const ring = new PacketRing({ packets: 100, bytes: 25 });
    for (let i = 0; i < 4; i++) await ring.append(packet(i));
    expect(ring.oldest).toBe(2);
    await ring.append(packet(4, 400));
    expect([ring.oldest, ring.next]).toEqual([4, 5]);
    await ring.append(packet(5, 1));
    expect(ring.oldest).toBe(5);
  });

  test.each([1, -1])('refuses a packet that is %i away from the next sequence', async (by) => {
    const ring = new PacketRing({ packets: 3, bytes: 100 });
    await ring.append(packet(0));
    await expect(ring.append(packet(1 + by))).rejects.toThrow(RangeError);
  });

  test('does what a list of the newest packets does, and foretells what it lets go', async () => {
    const limits = fc.record({ packets: fc.integer({ min: 1, max: 6 }), bytes: fc.integer({ min: 1, max: 100 }) });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }), async (limit, sizes) => {
        const ring = new PacketRing(limit);
        let kept: { sequence: number; bytes: Uint8Array }[] = [];
        for (const [sequence, size] of sizes.entries()) {
          const foretold = ring.wouldEvict(size);
          const before = ring.oldest;
          const added = packet(sequence, size);
          await ring.append(added);
          expect(ring.oldest > before).toBe(foretold);
          kept.push(added);
          const total = (): number => kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
          while (kept.length > 1 && (kept.length > limit.packets || total() > limit.bytes)) kept = kept.slice(1);
          expect(ring.next).toBe(sequence + 1);
          expect(ring.oldest).toBe(kept[0]!.sequence);
          for (const each of kept) expect(ring.get(each.sequence)).toBe(each);
        }
      }),
    );
  });
});
