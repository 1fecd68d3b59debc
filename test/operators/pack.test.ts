import { pack } from '#dist/operators/pack.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { dequantize, quantize } from '#dist/wire/quantize.js';
import { lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { nested } from '../support/nested-frames.ts';
import { behavesLikeMap } from '../support/operator-contract.ts';

const header = { stream: 'cam1', encoder: 'sha256:00', stage: 'pre', epoch: 3 } as const;

describe('pack', () => {
  behavesLikeMap({
    operator: () => pack(header, 'F32'),
    inputs: () => [nested(0, [1, 2]), nested(1, [3, 4], { kind: 'hold' }), nested(2, [1, 2, 3, 4, 5, 6, 7, 8])],
    look: (packet) => [packet.header.sequence, packet.frames, [...dequantize(packet.tokens, 2, 'F32')]],
    outputs: [
      [0, [{ pts: 0n, kind: 'uniform', scale: 1, change: 0.25, droppedBefore: 0, tokens: 1 }], [1, 2]],
      [1, [{ pts: 3600n, kind: 'hold', scale: 1, change: 0.25, droppedBefore: 0, tokens: 1 }], [3, 4]],
      [
        2,
        [{ pts: 7200n, kind: 'uniform', scale: 4, change: 0.25, droppedBefore: 0, tokens: 4 }],
        [1, 2, 3, 4, 5, 6, 7, 8],
      ],
    ],
  });

  test.each(['F16', 'BF16', 'F32', 'I8'] as const)('makes packets that can be sent: %s', async (dtype) => {
    const packet = await lastValueFrom(
      of(nested(0, [1, -2, 3, 4, 5, 6, 7, 8], { dropped: 5 })).pipe(pack(header, dtype)),
    );
    expect(decodePacket(encodePacket(packet))).toEqual(packet);
    expect(packet.header).toEqual({
      stream: 'cam1',
      encoder: 'sha256:00',
      stage: 'pre',
      epoch: 3,
      sequence: 0,
      timebase: { num: 1, den: 90_000 },
    });
    expect(packet.frames[0]!.droppedBefore).toBe(5);
  });

  test('says that a held frame has the scale of its one token', async () => {
    const held = nested(0, [1, 2], { kind: 'hold', choice: { scale: undefined, reason: 'still' } });
    const packet = await lastValueFrom(of(held).pipe(pack(header, 'F16')));
    expect(packet.frames[0]).toMatchObject({ kind: 'hold', scale: 1, tokens: 1 });
  });

  test.each(['F16', 'BF16', 'F32', 'I8'] as const)('takes tokens that have their format already: %s', async (dtype) => {
    const { tokens, ...frame } = nested(0, [1, -2, 3, 4]);
    const wire = quantize(tokens, 2, dtype);
    // Of other values: what is sent is what the selector told the receiver's model, not rounded anew.
    const packet = await lastValueFrom(
      of({ ...frame, scale: 2, tokens: new Float32Array(4), wire }).pipe(pack(header, dtype)),
    );
    expect(packet.tokens).toBe(wire.bytes);
    expect(packet.tokenScale).toBe(wire.scale);
  });

  test('carries the positions of a tree, and none of any other frame', async () => {
    const position = Int32Array.from([0, 2050]);
    const tree = nested(0, [1, 2, 3, 4], { kind: 'tree', scale: 36, position });
    const packet = await lastValueFrom(of(tree).pipe(pack(header, 'F16')));
    expect(packet.frames[0]).toMatchObject({ kind: 'tree', scale: 36, tokens: 2 });
    expect(packet.position).toEqual(position);
    expect(decodePacket(encodePacket(packet))).toEqual(packet);
    const plain = await lastValueFrom(of(nested(0, [1, 2])).pipe(pack(header, 'F16')));
    expect(Object.keys(plain)).not.toContain('position');
  });

  test('carries the time at which a live frame was decoded', async () => {
    const live = nested(0, [1, 2]);
    const frame = { ...live.frame, wallclockUs: 1_700_000_000_000_001n };
    const packet = await lastValueFrom(of({ ...live, frame }).pipe(pack(header, 'F16')));
    expect(packet.header.wallclockUs).toBe(frame.wallclockUs);
    expect(decodePacket(encodePacket(packet)).header).toEqual(packet.header);
  });

  test.each([undefined, 0, 41])('numbers every subscription from its first sequence, %j', async (firstSequence) => {
    const source = of(nested(0, [1, 2]), nested(1, [1, 2])).pipe(
      pack({ ...header, ...(firstSequence !== undefined && { firstSequence }) }, 'F16'),
      toArray(),
    );
    const first = firstSequence ?? 0;
    for (let i = 0; i < 2; i++) {
      expect((await lastValueFrom(source)).map((packet) => packet.header.sequence)).toEqual([first, first + 1]);
    }
  });
});
