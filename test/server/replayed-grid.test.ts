import { describe, expect, test } from 'vitest';
import { PacketRing } from '#dist/log/packet-ring.js';
import type { Packet } from '#dist/media/packet.js';
import { ReplayedGrid } from '#dist/server/replayed-grid.js';
import { encodePacket } from '#dist/wire/packet-codec.js';
import { smallPacket } from '../support/packets.ts';

const geometry = { ladder: [1, 4], gridSide: 2, channels: 1 };

/** A packet of four tokens, or of one place of them. */
function packet(sequence: number, values: readonly number[], place?: number, epoch = 0): Packet {
  const { header } = smallPacket();
  return smallPacket({
    header: { ...header, sequence, epoch },
    dtype: 'F32',
    channels: 1,
    tokens: new Uint8Array(Float32Array.from(values).buffer),
    frames: [
      {
        ...{ pts: BigInt(sequence), change: 0, droppedBefore: 0, tokens: values.length },
        ...(place === undefined ? { kind: 'uniform', scale: 4 } : { kind: 'tree', scale: 4 }),
      },
    ],
    ...(place !== undefined && { position: Int32Array.of(1024 + place) }),
  });
}

/** A log that keeps the newest of these packets. */
async function logOf(packets: readonly Packet[], kept = packets.length): Promise<PacketRing> {
  const log = new PacketRing({ packets: kept, bytes: 1 << 20 });
  for (const each of packets) {
    const { sequence, epoch } = each.header;
    await log.append({ sequence, epoch, bytes: encodePacket(each), tokens: 1, atMs: sequence });
  }
  return log;
}

const packets = [packet(0, [1, 2, 3, 4]), packet(1, [5], 0), packet(2, [6], 1), packet(3, [7], 2)];

describe('ReplayedGrid', () => {
  test('is exact where the log has every packet, in order and from far away', async () => {
    const log = await logOf(packets);
    const grid = new ReplayedGrid({ log, geometry, newest: undefined });
    expect(Array.from(await grid.after(packets[3]!))).toEqual([5, 6, 7, 4]);
    expect(grid.exact).toBe(true);
    expect(Array.from(await grid.after(packets[1]!))).toEqual([5, 2, 3, 4]);
    expect(grid.exact).toBe(true);
  });

  test('is not exact once packets are gone, until an epoch begins or a state is known', async () => {
    const next = packet(4, [9, 9, 9, 9], undefined, 1);
    const log = await logOf([...packets, next], 2);
    const grid = new ReplayedGrid({ log, geometry, newest: undefined });
    await grid.after(packets[3]!);
    expect(grid.exact).toBe(false);
    expect(Array.from(await grid.after(next))).toEqual([9, 9, 9, 9]);
    expect(grid.exact).toBe(true);

    const newest = { sequence: 3, epoch: 0, grid: Float32Array.of(5, 6, 7, 4) };
    const known = new ReplayedGrid({ log, geometry, newest });
    expect(Array.from((await known.before(next)) ?? [])).toEqual([]);
    expect(known.exact).toBe(true);
  });
});
