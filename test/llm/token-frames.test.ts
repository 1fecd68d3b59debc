import { GridFrames, gridFrame, originOf, tokenFrames } from '#dist/llm/token-frames.js';
import type { FrameKind, Packet, PacketFrame } from '#dist/media/packet.js';
import { GridRebuilder } from '#dist/view/grid-rebuilder.js';
import { dequantize, quantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../support/error-code.ts';
import { blockMeans, worst } from '../support/naive-scales.ts';
import { smallPacket } from '../support/packets.ts';
import { Random } from '../support/random.ts';

const CHANNELS = 2;
const geometry = { ladder: [1, 4, 16], gridSide: 8, channels: CHANNELS };
const [plain] = smallPacket().frames;

/** A packet of frames of these kinds and counts, with values of its own. */
function packetOf(
  frames: [FrameKind, number, bigint?][],
  more: Partial<Packet> = {},
  dtype: Packet['dtype'] = 'F32',
): Packet {
  const rows = frames.reduce((sum, [, tokens]) => sum + tokens, 0);
  const { bytes, scale } = quantize(new Random(rows).grid(rows * CHANNELS), CHANNELS, dtype);
  return smallPacket({
    frames: frames.map(([kind, tokens, pts = 0n]): PacketFrame => ({ ...plain!, kind, tokens, scale: tokens, pts })),
    tokens: bytes,
    dtype,
    ...(scale && { tokenScale: scale }),
    ...more,
  });
}

const valuesOf = ({ tokens, dtype, tokenScale }: Packet) => dequantize(tokens, CHANNELS, dtype, tokenScale);
const tree = (positions: number[]): Packet =>
  packetOf([['tree', positions.length]], { position: Int32Array.from(positions) });

describe('the frames of a packet of whole frames', () => {
  test.each(['F16', 'BF16', 'F32', 'I8'] as const)('have its values, from %s', (dtype) => {
    const packet = packetOf([['uniform', 4]], {}, dtype);
    const [frame, ...others] = tokenFrames(packet);
    expect(others).toEqual([]);
    expect(frame).toEqual({
      id: 'cam1/0/0',
      atS: 0,
      tokens: 4,
      content: { values: valuesOf(packet), channels: CHANNELS },
    });
  });

  test('share out its rows, each frame with a name, a time and an array of its own', () => {
    const header = { ...smallPacket().header, epoch: 3, sequence: 7, wallclockUs: 5_000_250n };
    const packet = packetOf(
      [
        ['uniform', 4, 90_000n],
        ['hold', 1, 135_000n],
        ['uniform', 16, 180_000n],
      ],
      { header },
    );
    const frames = tokenFrames(packet);
    expect(frames.map(({ id, atS, wallclockMs, tokens }) => [id, atS, wallclockMs, tokens])).toEqual([
      ['cam1/3/7/0', 1, 5000.25, 4],
      ['cam1/3/7/1', 1.5, 5500.25, 1],
      ['cam1/3/7/2', 2, 6000.25, 16],
    ]);
    expect(frames.flatMap(({ content }) => [...content.values])).toEqual([...valuesOf(packet)]);
    expect(new Set(frames.map(({ content }) => content.values.buffer)).size).toBe(3);
  });

  test('are refused where a packet tells only parts, or no values', () => {
    expect(codeOf(() => tokenFrames(packetOf([['tree', 4]])))).toBe('OPTION_INVALID');
    expect(codeOf(() => tokenFrames(packetOf([['refine', 3]])))).toBe('OPTION_INVALID');
    expect(codeOf(() => tokenFrames(packetOf([['hold', 1]], { position: Int32Array.of(0) })))).toBe('OPTION_INVALID');
    expect(codeOf(() => tokenFrames(packetOf([['uniform', 5]])))).toBe('WIRE_MALFORMED');
    const valueless = packetOf([['uniform', 4]], { channels: 0, tokens: new Uint8Array(0) });
    expect(codeOf(() => tokenFrames(valueless))).toBe('WIRE_MALFORMED');
    expect(codeOf(() => new GridFrames(geometry).frames(valueless))).toBe('WIRE_MALFORMED');
  });

  test('come with what a host must check', () => {
    expect(originOf(smallPacket())).toEqual({ encoder: 'sha256:00', stage: 'pre', channels: 2 });
  });
});

describe('the frames of packets that tell parts', () => {
  test('are what the receiver holds, at the finest scale for which as many tokens were spent', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(15), { minLength: 1, maxLength: 16 }), (cells) => {
        const packets = [packetOf([['uniform', 16]]), tree(cells.map((cell) => 2048 + cell))];
        const rebuilder = new GridRebuilder(geometry);
        for (const packet of packets) Array.from(rebuilder.receive(packet));
        const frames = new GridFrames(geometry);
        const [, [frame]] = packets.map((packet) => frames.frames(packet)) as [unknown, ReturnType<typeof tokenFrames>];
        const tokens = cells.length < 4 ? 1 : cells.length < 16 ? 4 : 16;
        expect(frame!.tokens).toBe(tokens);
        const means = blockMeans(rebuilder.grid, 4, Math.sqrt(tokens), CHANNELS);
        expect(worst(frame!.content.values, means)).toBeLessThan(1e-6);
      }),
      { numRuns: 50 },
    );
  });

  test('are those of whole frames where each is told whole at the finest scale', () => {
    const packet = packetOf([['uniform', 16]]);
    expect(new GridFrames(geometry).frames(packet)).toEqual(tokenFrames(packet));
  });

  test('are one token for a hold, the mean of all that is held', () => {
    const frames = new GridFrames(geometry);
    const whole = packetOf([['uniform', 16]]);
    frames.frames(whole);
    const [hold] = frames.frames(packetOf([['hold', 1]]));
    expect(hold!.tokens).toBe(1);
    expect(worst(hold!.content.values, blockMeans(valuesOf(whole), 4, 1, CHANNELS))).toBeLessThan(1e-6);
  });

  test('keep their values when the next packet comes', () => {
    const frames = new GridFrames(geometry);
    const [frame] = frames.frames(packetOf([['uniform', 16]]));
    const before = frame!.content.values.slice();
    frames.frames(tree([0, 1024, 1025, 2050]));
    expect(frame!.content.values).toEqual(before);
  });

  test('start from nothing after a restart, and in another epoch', () => {
    const part = tree([2048]);
    const [fresh] = new GridFrames(geometry).frames(part);
    const frames = new GridFrames(geometry);
    frames.frames(packetOf([['uniform', 16]]));
    expect(frames.frames(part)[0]!.content).not.toEqual(fresh!.content);
    frames.restart();
    expect(frames.frames(part)).toEqual([fresh]);
    const next = { ...part, header: { ...part.header, epoch: 1 } };
    expect(frames.frames(next)[0]!.content).toEqual(fresh!.content);
  });

  test('can be made of grids that were rebuilt elsewhere', () => {
    const packet = tree([0, 1024, 1025, 2050]);
    const made = Array.from(new GridRebuilder(geometry).receive(packet), (rebuilt, i) =>
      gridFrame(packet, i, rebuilt, geometry.ladder),
    );
    expect(made).toEqual(new GridFrames(geometry).frames(packet));
    expect(made[0]!.tokens).toBe(4);
  });
});
