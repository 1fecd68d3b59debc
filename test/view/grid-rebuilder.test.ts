import { GridRebuilder } from '#dist/view/grid-rebuilder.js';
import type { TokenGeometry } from '#dist/view/grid-rebuilder.js';
import type { Packet, PacketFrame } from '#dist/media/packet.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { quantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';
import { project, worst } from '../support/naive-scales.ts';
import { anyPacket, smallPacket } from '../support/packets.ts';
import { Random } from '../support/random.ts';

const CHANNELS = 2;
const geometry: TokenGeometry = { ladder: [1, 4, 16], gridSide: 8, channels: CHANNELS };

/** A packet of these float32 rows, its frames as they are given. */
function packetOf(frames: readonly Partial<PacketFrame>[], values: Float32Array, more: Partial<Packet> = {}): Packet {
  const [plain] = smallPacket().frames;
  return smallPacket({
    frames: frames.map((frame) => ({ ...plain!, ...frame })),
    dtype: 'F32',
    tokens: quantize(values, CHANNELS, 'F32').bytes,
    ...more,
  });
}

const uniform = (tokens: number): Partial<PacketFrame> => ({ kind: 'uniform', scale: tokens, tokens });
const values = (rows: number, seed = rows): Float32Array => new Random(seed).grid(rows * CHANNELS);
const gridsOf = (rebuilder: GridRebuilder, packet: Packet): Float32Array[] =>
  Array.from(rebuilder.receive(packet), ({ grid }) => grid.slice());

/** The grid after the last frame of these packets. */
function last(...packets: Packet[]): Float32Array {
  const rebuilder = new GridRebuilder(geometry);
  return packets.flatMap((packet) => gridsOf(rebuilder, packet)).at(-1)!;
}

describe('a grid rebuilder', () => {
  test('gives every frame with the grid at the finest scale of the ladder', () => {
    const packet = packetOf(
      [
        { ...uniform(16), pts: 7n },
        { kind: 'hold', pts: 9n },
      ],
      values(17),
    );
    const rebuilt = Array.from(new GridRebuilder(geometry).receive(packet), ({ frame, side, grid }) => [
      frame.pts,
      side,
      [...grid],
    ]);
    const sent = [...values(17).subarray(0, 16 * CHANNELS)];
    expect(rebuilt).toEqual([
      [7n, 4, sent],
      [9n, 4, sent],
    ]);
  });

  test('replaces the coarse part and keeps the older detail', () => {
    const [fine, coarse] = [values(16), values(4)];
    const grid = last(packetOf([uniform(16)], fine), packetOf([uniform(4)], coarse));
    const kept = project(fine, 4, 2, CHANNELS).map((mean, i) => fine[i]! - mean);
    const spread = Array.from({ length: 16 * CHANNELS }, (_, i) => {
      const [row, column] = [Math.floor(i / CHANNELS / 4), Math.floor(i / CHANNELS) % 4];
      return coarse[(Math.floor(row / 2) * 2 + Math.floor(column / 2)) * CHANNELS + (i % CHANNELS)]!;
    });
    expect(
      worst(
        grid,
        kept.map((detail, i) => detail + spread[i]!),
      ),
    ).toBeLessThan(1e-5);
  });

  test('puts the tokens of a tree, and of a hold in one, where their positions say', () => {
    const tokens = values(3);
    const position = Int32Array.from([1024 + 1, 2048 + 8, 2048 + 15]);
    const tree = { kind: 'tree', scale: 16, tokens: 2 } as const;
    const grid = last(packetOf([tree, { kind: 'hold' }], tokens, { position }));
    const at = (cell: number): number[] => [...grid.subarray(cell * CHANNELS, (cell + 1) * CHANNELS)];
    for (const cell of [2, 3, 6, 7]) expect(at(cell)).toEqual([...tokens.subarray(0, CHANNELS)]);
    expect(at(8)).toEqual([...tokens.subarray(CHANNELS, 2 * CHANNELS)]);
    expect(at(15)).toEqual([...tokens.subarray(2 * CHANNELS)]);
    expect(at(0)).toEqual(Array(CHANNELS).fill(0));
  });

  test('learns nothing from a hold without a position', () => {
    const first = packetOf([uniform(16)], values(16));
    expect(last(first, packetOf([{ kind: 'hold' }], values(1)))).toEqual(last(first));
  });

  test('starts anew with another epoch, and with no other one', () => {
    const fine = packetOf([uniform(16)], values(16));
    const coarse = packetOf([uniform(4)], values(4));
    const of = (packet: Packet, epoch: number): Packet => ({ ...packet, header: { ...packet.header, epoch } });
    expect(last(of(fine, 1), of(coarse, 2))).toEqual(last(coarse));
    expect(last(of(fine, 1), of(coarse, 1))).not.toEqual(last(coarse));
  });

  test.each<[string, Packet, RegExp]>([
    ['of another encoder', packetOf([uniform(1)], new Float32Array(3), { channels: 3 }), /3 channels instead of 2/],
    ['without values', packetOf([uniform(1)], values(0), { channels: 0 }), /without the values/],
    ['at a scale that the ladder does not have', packetOf([uniform(9)], values(9)), /uniform at 9 tokens/],
    ['that refines', packetOf([{ kind: 'refine', scale: 4, tokens: 3 }], values(3)), /kind refine/],
    [
      'with a position past its level',
      packetOf([{ kind: 'tree', scale: 4 }], values(1), { position: Int32Array.of(1024 + 4) }),
      /position 1028/,
    ],
    [
      'with a position past the ladder',
      packetOf([{ kind: 'tree', scale: 4 }], values(1), { position: Int32Array.of(3 * 1024) }),
      /position 3072/,
    ],
    [
      'with a negative position',
      packetOf([{ kind: 'tree', scale: 4 }], values(1), { position: Int32Array.of(-1) }),
      /position -1/,
    ],
  ])('refuses a packet %s', (_, packet, what) => {
    const error = thrownBy(() => last(decodePacket(encodePacket(packet))));
    expect(error.code).toBe('WIRE_MALFORMED');
    expect(error.what).toMatch(what);
  });

  test('takes any packet that may be sent, or refuses it with WIRE_MALFORMED', () => {
    fc.assert(
      fc.property(fc.array(anyPacket, { minLength: 1, maxLength: 4 }), (packets) => {
        const rebuilder = new GridRebuilder({ ...geometry, channels: packets[0]!.channels });
        for (const packet of packets) {
          expect([undefined, 'WIRE_MALFORMED']).toContain(codeOf(() => gridsOf(rebuilder, packet)));
        }
      }),
    );
  });

  test('needs a ladder that is one', () => {
    expect(codeOf(() => new GridRebuilder({ ...geometry, ladder: [1, 5] }))).toBe('LADDER_INVALID');
  });
});
