import type { FrameKind, Packet, PacketFrame, TokenDtype } from '#dist/media/packet.js';
import { quantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';

const kinds: readonly FrameKind[] = ['uniform', 'tree', 'hold', 'refine'];
const dtypes: readonly TokenDtype[] = ['F16', 'BF16', 'F32', 'I8'];
const count = fc.nat(2 ** 31 - 1);

/** A hold is one token, a uniform frame has its scale's. */
const consistent = (frame: PacketFrame): PacketFrame => {
  if (frame.kind === 'hold') return { ...frame, scale: 1, tokens: 1 };
  return frame.kind === 'uniform' ? { ...frame, scale: frame.tokens } : frame;
};

const anyFrame: fc.Arbitrary<PacketFrame> = fc.record({
  pts: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  kind: fc.constantFrom(...kinds),
  scale: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  change: fc.float({ noNaN: true }),
  droppedBefore: count,
  tokens: fc.integer({ min: 1, max: 12 }),
});
const frame = anyFrame.map(consistent);

const header: fc.Arbitrary<Packet['header']> = fc
  .record({
    stream: fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
    sequence: fc.nat(999_999_999_999_999),
    timebase: fc.record({ num: fc.integer({ min: 1, max: 9_999_999_999 }), den: fc.integer({ min: 1, max: 90_000 }) }),
    encoder: fc.string({ maxLength: 80 }),
    stage: fc.constantFrom('pre' as const, 'post' as const),
    epoch: count,
    wallclockUs: fc.option(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), { nil: undefined }),
  })
  .map(({ wallclockUs, ...rest }) => (wallclockUs === undefined ? rest : { ...rest, wallclockUs }));

/** Any packet that may be sent: every kind of frame, every dtype, positions where a tree needs them. */
export const anyPacket: fc.Arbitrary<Packet> = fc
  .record({
    header,
    frames: fc.array(frame, { minLength: 1, maxLength: 5 }),
    dtype: fc.constantFrom(...dtypes),
    channels: fc.integer({ min: 1, max: 9 }),
    positions: fc.boolean(),
    first: fc.float({ min: -100, max: 100, noNaN: true }),
  })
  .map(({ positions, first, ...rest }) => {
    const rows = rest.frames.reduce((sum, { tokens }) => sum + tokens, 0);
    const values = Float32Array.from({ length: rows * rest.channels }, (_, i) => first + i * 0.37);
    const { bytes, scale } = quantize(values, rest.channels, rest.dtype);
    const needed = positions || rest.frames.some(({ kind }) => kind === 'tree');
    return {
      ...rest,
      tokens: bytes,
      ...(scale && { tokenScale: scale }),
      ...(needed && { position: Int32Array.from({ length: rows }, (_, i) => 1024 * (i % 4) + i) }),
    };
  });

/** A packet of one uniform frame, but for what `part` says. */
export function smallPacket(part: Partial<Packet> = {}): Packet {
  return {
    header: {
      stream: 'cam1',
      sequence: 0,
      timebase: { num: 1, den: 90_000 },
      encoder: 'sha256:00',
      stage: 'pre',
      epoch: 0,
    },
    frames: [{ pts: 0n, kind: 'uniform', scale: 1, change: 1, droppedBefore: 0, tokens: 1 }],
    dtype: 'F16',
    channels: 2,
    tokens: new Uint8Array(4),
    ...part,
  };
}
