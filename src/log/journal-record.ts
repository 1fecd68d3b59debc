import { crc32 } from 'node:zlib';
import type { LogOp } from './log-op.ts';

const MAGIC = 0x464e4a31;
const PREFIX = 16;

/**
 * A change as the journal has it: magic, CRC-32 of what follows the prefix, length of the head, length of the body (each
 * uint32, little-endian), then the head as JSON, then the body.
 * @returns the parts, to be written one after the other; the last one is the caller's own `body`
 */
export function encodeRecord({ body = new Uint8Array(0), ...rest }: LogOp): Uint8Array[] {
  const head = Buffer.from(JSON.stringify(rest));
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32LE(MAGIC, 0);
  prefix.writeUInt32LE(crc32(body, crc32(head)), 4);
  prefix.writeUInt32LE(head.length, 8);
  prefix.writeUInt32LE(body.byteLength, 12);
  return [prefix, head, body];
}

/** The whole records at the start of a journal, in order; ends before the first one that is torn. Bodies are views. */
export function* decodeRecords(journal: Buffer): Generator<LogOp> {
  for (let at = 0; at + PREFIX <= journal.length;) {
    const headEnd = at + PREFIX + journal.readUInt32LE(at + 8);
    const end = headEnd + journal.readUInt32LE(at + 12);
    if (journal.readUInt32LE(at) !== MAGIC || end > journal.length) return;
    if (crc32(journal.subarray(at + PREFIX, end)) !== journal.readUInt32LE(at + 4)) return;
    const head = JSON.parse(journal.toString('utf8', at + PREFIX, headEnd)) as LogOp;
    yield { ...head, body: journal.subarray(headEnd, end) };
    at = end;
  }
}
