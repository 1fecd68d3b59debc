import type { Packet } from '#dist/media/packet.js';

const header = {
  stream: 'golden',
  timebase: { num: 1, den: 90_000 },
  encoder: 'sha256:0123456789abcdef',
  stage: 'pre',
  epoch: 0,
} as const;

/** The packets whose bytes lie in test/golden/, value by value as test/golden/write.py writes them. */
export const goldenPackets = {
  /** 1, −2, 0.5 | 65504, 2^-24, −0 as float16, and the two other rows of a 2×2 scale. */
  uniform: {
    header: { ...header, sequence: 0 },
    frames: [{ pts: 3600n, kind: 'uniform', scale: 4, change: 1, droppedBefore: 0, tokens: 4 }],
    dtype: 'F16',
    channels: 3,
    tokens: Uint8Array.from([
      ...[0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38],
      ...[0xff, 0x7b, 0x01, 0x00, 0x00, 0x80],
      ...[0x00, 0x00, 0x00, 0x3c, 0x00, 0x40],
      ...[0x00, 0x42, 0x00, 0x44, 0x00, 0x45],
    ]),
  },
  /** Three regions of a tree as float32: one mean token of level 1, two tokens of level 2. */
  tree: {
    header: { ...header, sequence: 1 },
    frames: [{ pts: 7200n, kind: 'tree', scale: 36, change: 0.25, droppedBefore: 2, tokens: 3 }],
    dtype: 'F32',
    channels: 2,
    tokens: new Uint8Array(Float32Array.of(1.5, -1.5, 0.1, 3, 1e-30, 1e30).buffer),
    position: Int32Array.of(1024 + 4, 2048, 2048 + 35),
  },
  /** One token of bfloat16 for a frame in which nothing happened, of a live source after a restart. */
  hold: {
    header: { ...header, stage: 'post', sequence: 2, epoch: 7, wallclockUs: 1_700_000_000_123_456n },
    frames: [{ pts: -1n, kind: 'hold', scale: 1, change: 0, droppedBefore: 0, tokens: 1 }],
    dtype: 'BF16',
    channels: 2,
    tokens: Uint8Array.of(0x80, 0x3f, 0x00, 0xc0),
  },
  /** Two frames: one token, then the 8 new vectors of a 3×3 scale, as int8 with a factor for each row. */
  refine: {
    header: { ...header, stream: 'gölden "2"', sequence: 3 },
    frames: [
      { pts: 2n ** 40n, kind: 'uniform', scale: 1, change: 0.5, droppedBefore: 0, tokens: 1 },
      { pts: 2n ** 40n + 3600n, kind: 'refine', scale: 9, change: 0.5, droppedBefore: 0, tokens: 8 },
    ],
    dtype: 'I8',
    channels: 2,
    tokens: new Uint8Array(Int8Array.from({ length: 18 }, (_, i) => (i % 2 === 0 ? 127 - i : i - 127)).buffer),
    tokenScale: Float32Array.from({ length: 9 }, (_, i) => 0.25 * i),
  },
} satisfies Record<string, Packet>;
