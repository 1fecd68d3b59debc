import type { EncoderConfig } from '../config/serve-config.ts';
import { openSource } from '../decode/open-source.ts';
import { openEncoder } from '../encode/open-encoder.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { decodeTarget } from '../pipeline/decode-target.ts';
import { checkRate, parsePipelineOptions } from '../pipeline/pipeline-options.ts';
import { surveyBudget } from '../pipeline/survey-budget.ts';
import { TokenStream } from '../server/token-stream.ts';
import { pipelineOptions } from './pipeline-flags.ts';
import type { PipelineFlags } from './pipeline-flags.ts';
import { downloadBar } from './render/download-bar.ts';

/** The pipeline's flags that say what is read and encoded. */
export type OpenFlags = Pick<PipelineFlags, 'fps' | 'encoder' | 'encoderCard' | 'device' | 'decoder'>;

/** Opens the encoder that the flags name; shows a bar while it downloads. */
export function openFlaggedEncoder(flags: OpenFlags, signal: AbortSignal): Promise<VisionEncoder> {
  const { encoder: name, encoderCard: card, device } = flags;
  return openNamedEncoder({ name, device, ...(card !== undefined && { card }) }, signal);
}

/** Opens a configured encoder; shows a bar while it downloads. */
export async function openNamedEncoder(
  { name, card, device }: EncoderConfig,
  signal: AbortSignal,
): Promise<VisionEncoder> {
  const bar = downloadBar();
  try {
    return await openEncoder(name, { device, signal, onProgress: bar.update, ...(card !== undefined && { card }) });
  } finally {
    bar.stop();
  }
}

/** Opens an input at the size that the encoder wants. */
export function openFlaggedSource(
  input: string,
  flags: OpenFlags,
  encoder: VisionEncoder,
  signal: AbortSignal,
): Promise<FrameSource> {
  return openSource(input, decodeTarget(encoder.facts, flags.fps), { decoder: flags.decoder, signal });
}

/** What a served stream is made of. */
export interface FlaggedStream {
  readonly name: string;
  /** As the user gave it: policy `budget` reads it once before it is served. */
  readonly input: string;
  readonly source: FrameSource;
  readonly flags: PipelineFlags;
  readonly encoder: VisionEncoder;
  readonly signal: AbortSignal;
}

/** A stream with the options that the flags stand for. Closes the source where they do not fit it. */
export async function flaggedStream({ name, source, encoder, ...rest }: FlaggedStream): Promise<TokenStream> {
  const { input, flags, signal } = rest;
  const options = pipelineOptions(flags);
  try {
    checkRate(parsePipelineOptions(options), flags.fps);
    if (flags.policy !== 'budget') return new TokenStream({ name, source, encoder, options });
    const open = (): Promise<FrameSource> => openFlaggedSource(input, flags, encoder, signal);
    return new TokenStream({
      name,
      source,
      encoder,
      options,
      plan: await surveyBudget({ open, encoder, options, signal }),
    });
  } catch (thrown) {
    await source.close();
    throw thrown;
  }
}
