import { crc32 } from 'node:zlib';
import type { PacketFacts } from './log-op.ts';

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
