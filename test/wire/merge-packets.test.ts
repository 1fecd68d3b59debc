import { mergePackets } from '#dist/wire/merge-packets.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { dequantize, quantize } from '#dist/wire/quantize.js';
import type { Packet, TokenDtype } from '#dist/media/packet.js';
import { describe, expect, test } from 'vitest';
import { smallPacket } from '../support/packets.ts';
import { Random } from '../support/random.ts';

const CHANNELS = 3;

/** One frame of `rows` tokens; with positions where `kind` is a tree. */
function packet(sequence: number, rows: number, dtype: TokenDtype, kind: 'uniform' | 'tree' = 'uniform'): Packet {
  const { bytes, scale } = quantize(new Random(sequence).grid(rows * CHANNELS), CHANNELS, dtype);
  return smallPacket({
    header: { ...smallPacket().header, sequence },
    frames: [{ pts: BigInt(sequence), kind, scale: rows, change: 0.5, droppedBefore: sequence, tokens: rows }],
    dtype,
    channels: CHANNELS,
    tokens: bytes,
    ...(scale && { tokenScale: scale }),
    ...(kind === 'tree' && { position: Int32Array.from({ length: rows }, (_, i) => 1024 * sequence + i) }),
  });
}

const values = ({ tokens, channels, dtype, tokenScale }: Packet): number[] => [
  ...dequantize(tokens, channels, dtype, tokenScale),
];

describe('merged packets', () => {
  test.each(['F16', 'BF16', 'F32', 'I8'] as const)('hold the frames and the tokens of all in order: %s', (dtype) => {
    const packets = [packet(4, 9, dtype), packet(5, 1, dtype), packet(6, 36, dtype)];
    const merged = mergePackets(packets, 2);
    expect(merged.header).toEqual({ ...packets[0]!.header, sequence: 2 });
    expect(merged.frames).toEqual(packets.flatMap(({ frames }) => frames));
    expect(values(merged)).toEqual(packets.flatMap(values));
    expect(merged.position).toBeUndefined();
    expect(decodePacket(encodePacket(merged))).toEqual(merged);
  });

  test('hold the positions of all', () => {
    const packets = [packet(1, 3, 'F16', 'tree'), packet(2, 2, 'F16', 'tree')];
    const merged = mergePackets(packets, 0);
    expect([...merged.position!]).toEqual([1024, 1025, 1026, 2048, 2049]);
    expect(decodePacket(encodePacket(merged))).toEqual(merged);
  });

  test('own their buffers', () => {
    const one = packet(1, 2, 'I8');
    const before = values(one);
    const merged = mergePackets([one], 0);
    merged.tokens.fill(0);
    merged.tokenScale!.fill(0);
    expect(values(one)).toEqual(before);
  });

  test('must not be none, and all or none must have positions', () => {
    expect(() => mergePackets([], 0)).toThrow(RangeError);
    const mixed = [packet(1, 2, 'F16', 'tree'), packet(2, 2, 'F16')];
    expect(() => mergePackets(mixed, 0)).toThrow('Only 1 of 2 packets have position.');
  });
});
