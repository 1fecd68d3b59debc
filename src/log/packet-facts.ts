import { crc32 } from 'node:zlib';
import type { PacketFacts } from './log-op.ts';
import type { KeptState } from './packet-log.ts';

/** Facts as they are stored, with what is needed to trust the bytes. */
export interface StoredFacts extends PacketFacts {
  readonly size: number;
  /** CRC-32 of the bytes. */
  readonly crc: number;
}

/** Tokens, size, CRC (uint32 each), epoch, Unix milliseconds (float64 each), little-endian: 28 bytes. */
export function encodeFacts({ tokens, epoch, atMs }: PacketFacts, bytes: Uint8Array): Buffer {
  const facts = Buffer.allocUnsafeSlow(28);
  facts.writeUInt32LE(tokens, 0);
  facts.writeUInt32LE(bytes.byteLength, 4);
  facts.writeUInt32LE(crc32(bytes), 8);
  facts.writeDoubleLE(epoch, 12);
  facts.writeDoubleLE(atMs, 20);
  return facts;
}

/** The inverse of {@link encodeFacts}; undefined where it is none. */
export function decodeFacts(sequence: number, stored: Uint8Array): StoredFacts | undefined {
  if (stored.byteLength !== 28) return undefined;
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  return {
    sequence,
    tokens: view.getUint32(0, true),
    size: view.getUint32(4, true),
    crc: view.getUint32(8, true),
    epoch: view.getFloat64(12, true),
    atMs: view.getFloat64(20, true),
  };
}

/** Epoch (float64), then the grid (float32 each), little-endian. */
export function encodeState({ epoch, grid }: KeptState): Uint8Array<ArrayBuffer> {
  const stored = new Uint8Array(8 + grid.byteLength);
  new DataView(stored.buffer).setFloat64(0, epoch, true);
  stored.set(new Uint8Array(grid.buffer, grid.byteOffset, grid.byteLength), 8);
  return stored;
}

/** The inverse of {@link encodeState}. @param stored - copied */
export function decodeState(sequence: number, stored: Uint8Array): KeptState {
  const grid = new Float32Array(Math.max(0, stored.byteLength - 8) >> 2);
  new Uint8Array(grid.buffer).set(stored.subarray(8, 8 + grid.byteLength));
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  return { sequence, epoch: view.getFloat64(0, true), grid };
}
