import type { Packet } from '#dist/media/packet.js';
import { expect } from 'vitest';

/** A stream's packets are whole: no hole in the sequence, epochs that only grow, pts that ascend within each. */
export function expectWhole(packets: readonly Packet[]): void {
  expect(packets.map(({ header }) => header.sequence)).toEqual(packets.map((_, i) => i));
  for (const [i, { header, frames }] of packets.entries()) {
    const before = packets[i - 1];
    if (!before) continue;
    expect(header.epoch).toBeGreaterThanOrEqual(before.header.epoch);
    if (header.epoch === before.header.epoch) expect(frames[0]!.pts).toBeGreaterThan(before.frames[0]!.pts);
  }
}
