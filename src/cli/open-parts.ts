import { openSource } from '../decode/open-source.ts';
import { openEncoder } from '../encode/open-encoder.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { decodeTarget } from '../pipeline/decode-target.ts';
import type { PipelineFlags } from './pipeline-flags.ts';
import { downloadBar } from './render/download-bar.ts';

/** Opens the encoder that the flags name; shows a bar while it downloads. */
export async function openFlaggedEncoder(flags: PipelineFlags, signal: AbortSignal): Promise<VisionEncoder> {
  const bar = downloadBar();
  try {
    const { device, encoderCard: card } = flags;
    return await openEncoder(flags.encoder, { device, signal, onProgress: bar.update, ...(card && { card }) });
  } finally {
    bar.stop();
  }
}

/** Opens an input at the size that the encoder wants. */
export function openFlaggedSource(
  input: string,
  flags: PipelineFlags,
  encoder: VisionEncoder,
  signal: AbortSignal,
): Promise<FrameSource> {
  return openSource(input, decodeTarget(encoder.facts, flags.fps), { decoder: flags.decoder, signal });
}
