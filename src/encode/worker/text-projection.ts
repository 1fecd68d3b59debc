import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { PatchNorm, PatchProjection } from '../../scales/query-projection.ts';
import { firstLine } from './ort-session.ts';
import type { ProjectionCard } from '../text-card.ts';
import { textMismatch } from './text-model.ts';
import type { TextSetup } from './text-messages.ts';
import { readOnnxProjection } from './text-onnx-weight.ts';
import { bytesOf, floats } from './text-weights.ts';
import type { WeightArray } from './text-weights.ts';

/** Longest header of a `.safetensors` file that is read, bytes. */
const HEADER_BYTES = 100 << 20;

const entry = z.object({
  dtype: z.enum(['F32', 'F16', 'BF16']),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

/**
 * Reads the map from patches to the text's space.
 * @throws FramenestError ENCODER_MISMATCH where it is not there, or no map from the vision tower's channels
 */
export async function readProjection({ name, folder, text, channels }: TextSetup): Promise<PatchProjection> {
  const { projection: card } = text;
  const path = join(folder, card.file);
  try {
    const found = await readWeights(path, card);
    checkWeights(found, channels);
    const { map, norm } = found;
    return { weights: map.values, size: map.shape[0] ?? 0, channels, ...(norm && { norm }) };
  } catch (thrown) {
    throw textMismatch(name, text, `has no map from the patches: ${card.file} ${firstLine(thrown)}`, thrown);
  }
}

interface Weights {
  readonly map: WeightArray;
  readonly norm?: PatchNorm;
}

async function readWeights(path: string, card: ProjectionCard): Promise<Weights> {
  const file = await open(path);
  try {
    return await weightsIn(file, card);
  } finally {
    await file.close();
  }
}

async function weightsIn(file: FileHandle, card: ProjectionCard): Promise<Weights> {
  if (card.file.endsWith('.onnx')) return { map: await readOnnxProjection(file, card.output) };
  const map = await readTensor(file, card.weight);
  if (!card.norm) return { map };
  const { values: weight } = await readTensor(file, card.norm.weight);
  const { values: bias } = await readTensor(file, card.norm.bias);
  return { map, norm: { weight, bias, epsilon: card.norm.epsilon } };
}

function checkWeights({ map: { shape }, norm }: Weights, channels: number): void {
  if (shape.length !== 2 || shape[1] !== channels || shape[0] === 0) {
    throw new Error(`holds an array [${shape.join(', ')}] where [size, ${channels}] is wanted`);
  }
  for (const { length } of norm ? [norm.weight, norm.bias] : []) {
    if (length !== channels) throw new Error(`holds a norm of ${length} channels where ${channels} are wanted`);
  }
}

/** One array of a `.safetensors` file: 8 bytes length of the header, the header, the values. Reads nothing else of it. */
async function readTensor(file: FileHandle, name: string): Promise<WeightArray> {
  const headerBytes = Number((await bytesOf(file, 0, 8)).readBigUInt64LE());
  if (headerBytes > HEADER_BYTES) throw new Error(`has a header of ${headerBytes} bytes`);
  const header = JSON.parse((await bytesOf(file, 8, headerBytes)).toString('utf8')) as Record<string, unknown>;
  const found = entry.safeParse(Object.hasOwn(header, name) ? header[name] : undefined);
  if (!found.success) throw new Error(`holds no array "${name}" of floats`);
  const { dtype, shape, data_offsets } = found.data;
  const [from, to] = data_offsets;
  const width = dtype === 'F32' ? 4 : 2;
  if (to - from !== width * shape.reduce((product, size) => product * size, 1)) {
    throw new Error(`holds "${name}" with ${to - from} bytes for [${shape.join(', ')}]`);
  }
  return { shape, values: floats(dtype, await bytesOf(file, 8 + headerBytes + from, to - from)) };
}
