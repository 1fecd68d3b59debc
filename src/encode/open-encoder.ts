import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { EncoderLanes } from './encoder-lanes.ts';
import type { LaneEncoder } from './encoder-lanes.ts';
import { OnnxEncoder } from './onnx-encoder.ts';
import { resolveEncoder } from './resolve-encoder.ts';
import type { ResolvedEncoder } from './resolve-encoder.ts';
import { positive } from './run-options.ts';
import type { EncoderOptions } from './run-options.ts';
import { QueriedEncoder } from './text-encoder.ts';
import { TextTower } from './text-tower.ts';

/** Above this size of the model file a second copy of the weights costs more than it brings, bytes. */
const LARGE_MODEL = 256 << 20;

/**
 * Opens an encoder by name, folder or file (see `resolveEncoder`): on a GPU in one thread, on a CPU in two with half of
 * the cores each (see `EncoderLanes`), unless the model is large or there is one core. One whose card has a text tower
 * takes queries; that is loaded with the first one.
 * @throws FramenestError as `resolveEncoder` and `OnnxEncoder.start` do
 */
export async function openEncoder(nameOrPath: string, options: EncoderOptions = {}): Promise<VisionEncoder> {
  const resolved = await resolveEncoder(nameOrPath, options);
  const vision = await openVision(resolved, options);
  const { card, folder } = resolved;
  const { name, text, channels } = card;
  return text ? new QueriedEncoder(vision, new TextTower({ name, folder, text, channels })) : vision;
}

async function openVision(resolved: ResolvedEncoder, options: EncoderOptions): Promise<LaneEncoder> {
  const cores = positive('threads', options.threads) ?? availableParallelism();
  const { size } = await stat(resolved.modelPath);
  const lanes = positive('lanes', options.lanes) ?? (cores > 1 && size <= LARGE_MODEL ? 2 : 1);
  const run = { ...options, threads: Math.max(1, Math.floor(cores / lanes)) };
  const first = await OnnxEncoder.start(resolved, run);
  if (lanes === 1 || first.device !== 'cpu') return first;
  const others = Array.from({ length: lanes - 1 }, () => OnnxEncoder.start(resolved, { ...run, device: 'cpu' }));
  return new EncoderLanes([first, ...(await Promise.all(others))]);
}
