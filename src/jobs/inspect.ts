import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FramenestError } from '../errors.ts';
import type { Packet } from '../media/packet.ts';
import { decodePacket } from '../wire/packet-codec.ts';
import { readManifest } from './manifest.ts';
import type { ManifestPart } from './manifest.ts';

/** Largest part file that is read into memory, bytes: far more than a run ever writes. */
const LARGEST = 1 << 30;

/** What one part file holds, or why it cannot be read. */
export interface PartReport {
  readonly file: string;
  readonly bytes: number;
  /** Everything but the tokens themselves. Absent where the part is broken. */
  readonly packet?: Pick<Packet, 'header' | 'frames' | 'dtype' | 'channels'>;
  /** What is wrong with it, in sentences; empty where it is sound. */
  readonly problems: readonly string[];
}

/**
 * Reads and checks part files: one of them, or a whole output folder against its manifest.
 * @param path - a `.safetensors` file or a folder with a manifest
 * @throws FramenestError INPUT_MISSING, PART_BROKEN where the folder's manifest cannot be read
 */
export async function inspect(path: string): Promise<PartReport[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    throw new FramenestError('INPUT_MISSING', {
      what: `${path} does not exist.`,
      mend: 'Give a part file, or a folder that "framenest run" wrote.',
    });
  }
  if (!found.isDirectory()) return [await inspectPart(path)];
  const manifest = await readManifest(path);
  const reports: PartReport[] = [];
  // One after another: only one part is in memory at a time.
  for (const part of manifest.parts) reports.push(await inspectPart(join(path, part.file), part));
  if (manifest.complete) return reports;
  const why = manifest.error ? `: ${manifest.error.code}, ${manifest.error.message}` : '';
  return [...reports, { file: 'manifest.json', bytes: 0, problems: [`The run did not finish${why}.`] }];
}

async function inspectPart(path: string, expected?: ManifestPart): Promise<PartReport> {
  const file = basename(path);
  const found = await stat(path).catch(() => undefined);
  if (!found) return { file, bytes: 0, problems: ['The file is missing.'] };
  if (found.size > LARGEST) return { file, bytes: found.size, problems: [`The file is larger than ${LARGEST} bytes.`] };
  const message = await readFile(path);
  const problems = expected ? compare(message, expected) : [];
  try {
    const { header, frames, dtype, channels } = decodePacket(message);
    return { file, bytes: message.length, packet: { header, frames, dtype, channels }, problems };
  } catch (thrown) {
    const why = thrown instanceof FramenestError ? thrown.what : String(thrown);
    return { file, bytes: message.length, problems: [...problems, why] };
  }
}

function compare(message: Uint8Array, { bytes, sha256 }: ManifestPart): string[] {
  if (message.length !== bytes) return [`It has ${message.length} bytes, the manifest says ${bytes}.`];
  const found = createHash('sha256').update(message).digest('hex');
  return found === sha256 ? [] : ['Its bytes differ from what was written: the digest does not match the manifest.'];
}
