import { open } from 'node:fs/promises';

const ebmlMagic = 0x1a45dfa3;
const segmentId = 0x18538067;

/** An EBML size: a leading-zeros length, then the value. Undefined where it is cut off or says "unknown". */
function ebmlSize(head: Buffer, at: number): { value: number; bytes: number } | undefined {
  const first = head[at];
  if (first === undefined || first === 0) return undefined;
  const bytes = Math.clz32(first) - 23;
  if (at + bytes > head.length) return undefined;
  let value = BigInt(first) & ((1n << BigInt(8 - bytes)) - 1n);
  for (let i = 1; i < bytes; i++) value = (value << 8n) | BigInt(head[at + i] ?? 0);
  const unknown = (1n << BigInt(7 * bytes)) - 1n;
  return value === unknown ? undefined : { value: Number(value), bytes };
}

function matroskaBytes(head: Buffer): number | undefined {
  const header = ebmlSize(head, 4);
  if (!header) return undefined;
  const segment = 4 + header.bytes + header.value;
  if (segment + 4 > head.length || head.readUInt32BE(segment) !== segmentId) return undefined;
  const body = ebmlSize(head, segment + 4);
  return body && segment + 4 + body.bytes + body.value;
}

/**
 * How long a file must at least be, in bytes, by what its first bytes declare: Matroska's segment, AVI's first RIFF
 * chunk. Undefined for other containers and for those written without knowing their end. FFmpeg reads such a cut file
 * up to the cut and reports an ordinary end; the other containers either report it or declare nothing to compare with.
 */
export function declaredBytes(head: Buffer): number | undefined {
  if (head.length < 12) return undefined;
  if (head.readUInt32BE(0) === ebmlMagic) return matroskaBytes(head);
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'AVI ') return undefined;
  const size = head.readUInt32LE(4);
  return size === 0 || size === 0xffffffff ? undefined : size + 8;
}

/** Bytes that a local file is short of what it declares; 0 where it is whole or declares nothing. */
export async function missingBytes(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const declared = declaredBytes(head.subarray(0, bytesRead));
    // A file that is still being written grows; its end is looked at when it is reached.
    return Math.max(0, (declared ?? 0) - (await file.stat()).size);
  } finally {
    await file.close();
  }
}
