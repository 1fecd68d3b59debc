import { createHash, randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { SourceConfig } from '../config/serve-config.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { layoutOf } from '../pipeline/choosers.ts';

/**
 * Says of a file what its packets depend on: the file as it is now, the encoder, and every option. Two runs with one
 * identity give the same packets. An input that is no file of this machine has another identity each time.
 * @param encoder - digest of its weights and card
 * @returns SHA-256, hexadecimal: tells nothing of the input's name
 */
export async function sourceIdentity({ input, fps, ...config }: SourceConfig, encoder: string): Promise<string> {
  const { decoder, hide, ignore, regions, options } = config;
  // The stream's own name and epoch change nothing in its packets.
  const chosen = { ...options, epoch: 0, stream: '' };
  const file = await stat(input).then(
    ({ size, mtimeMs, ino }) => ({ size, mtimeMs, ino }),
    () => randomUUID(),
  );
  return digestOf({ input, file, encoder, fps, decoder, hide, ignore, regions, options: chosen });
}

/** Says of a camera of what kind its packets are: those of one kind can follow each other in a log. */
export function packetsIdentity({ options }: SourceConfig, { facts }: VisionEncoder): string {
  const { ladder, dtype } = options;
  return digestOf({ encoder: facts.digest, ladder, dtype, layout: layoutOf(options) });
}

function digestOf(all: object): string {
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}
