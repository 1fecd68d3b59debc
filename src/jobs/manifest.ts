import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FramenestError } from '../errors.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';

const count = z.int().nonnegative();
const part = z.object({
  file: z.string().regex(/^part-\d{5,}\.safetensors$/),
  bytes: count,
  /** Of the whole file, hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  frames: count,
  tokens: count,
  /** Ticks of `timebase`, as text: JSON numbers end at 2^53. */
  firstPts: z.string().regex(/^-?\d+$/),
  lastPts: z.string().regex(/^-?\d+$/),
});

const schema = z.object({
  format: z.literal(PROTOCOL),
  /** False while the job runs, and where it was cut off. */
  complete: z.boolean(),
  input: z.string(),
  decoder: z.string(),
  encoder: z.string(),
  encoderDigest: z.string(),
  stage: z.enum(['pre', 'post']),
  gridSide: z.int().positive(),
  channels: z.int().positive(),
  ladder: z.array(z.int().positive()),
  policy: z.string(),
  layout: z.enum(['uniform', 'tree']).default('uniform'),
  dtype: z.enum(['F16', 'BF16', 'F32', 'I8']),
  fps: z.union([z.number().positive(), z.literal('native')]),
  timebase: z.string(),
  frames: count,
  tokens: count,
  parts: z.array(part),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** What lies in an output folder: how it was made, and its parts in order. Written anew after every part. */
export type Manifest = z.infer<typeof schema>;

/** One part file, as the manifest lists it. */
export type ManifestPart = Manifest['parts'][number];

/** Its name in the output folder. */
export const MANIFEST = 'manifest.json';

/**
 * Reads and checks `DIR/manifest.json`.
 * @throws FramenestError PART_BROKEN
 */
export async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, MANIFEST);
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    const why = issue ? `${issue.path.join('.')}: ${issue.message}` : (cause as Error).message;
    throw new FramenestError('PART_BROKEN', {
      what: `${path} cannot be read: ${why}.`,
      mend: 'Make the folder anew with "framenest run".',
      cause,
    });
  }
}
