import type { Logger } from 'pino';
import { ignoredCells } from '../change/ignored-cells.ts';
import type { SourceConfig } from '../config/serve-config.ts';
import { inputKind } from '../decode/input-kind.ts';
import { openSource } from '../decode/open-source.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { Camera } from '../pipeline/camera.ts';
import { decodeTarget } from '../pipeline/decode-target.ts';
import { checkRate } from '../pipeline/pipeline-options.ts';
import { surveyBudget } from '../pipeline/survey-budget.ts';
import type { TokenStreamParts } from '../server/stream-parts.ts';
import { TokenStream } from '../server/token-stream.ts';

/** What a source needs beside its configuration. */
export interface StreamSurroundings {
  /** The stream's seat at the encoder. */
  readonly encoder: VisionEncoder;
  readonly log: Logger;
  /** Gives up opening. */
  readonly signal: AbortSignal;
  /** The stream whose place it takes: its packets stay, sequence and epoch go on. */
  readonly before?: TokenStream | undefined;
}

/**
 * Makes the stream of one configured source, its decoder in a process of its own. A file is opened here; a camera opens
 * itself, again and again, so that one that is off does not hold up the others.
 * @throws FramenestError OPTION_INVALID, LADDER_INVALID; for a file also what `openSource` throws
 */
export async function openStream(config: SourceConfig, surroundings: StreamSurroundings): Promise<TokenStream> {
  const { name, input, fps, options } = config;
  const { encoder, log, signal, before } = surroundings;
  checkRate(options, fps);
  const open = (giveUp: AbortSignal): Promise<FrameSource> => openConfigured(config, surroundings, giveUp);
  const { quietS } = config.events;
  const parts = { name, encoder, options, quietS, ...maskOf(config, encoder), ...(before && { log: before.log }) };
  if (inputKind(input, config).live) {
    const { stallS, retry } = config;
    const firstEpoch = before ? before.status.epoch + 1 : options.epoch;
    return new TokenStream({ ...parts, source: new Camera({ open, stallS, retry, firstEpoch }) });
  }
  const reopen = (): Promise<FrameSource> => open(signal);
  const plan = options.policy === 'budget' ? await surveyBudget({ open: reopen, encoder, options, signal }) : undefined;
  const source = await open(signal);
  const { pid: decoderPid, ...facts } = source.facts;
  log.info({ stream: name, ...facts, decoderPid }, 'source opened');
  try {
    const epoch = before ? before.status.epoch + 1 : options.epoch;
    return new TokenStream({ ...parts, options: { ...options, epoch }, source, ...(plan && { plan }) });
  } catch (thrown) {
    await source.close();
    throw thrown;
  }
}

/** Where changes do not count, on the patch grid of the encoder. */
function maskOf(
  { ignore, regions }: SourceConfig,
  { facts: { gridSide, resize } }: VisionEncoder,
): Pick<TokenStreamParts, 'ignored'> {
  if (ignore.length + regions.length === 0) return {};
  const kept = regions.length > 0 ? regions : undefined;
  return { ignored: ({ width, height }) => ignoredCells({ ignore, regions: kept, gridSide, resize, width, height }) };
}

function openConfigured(
  { name, input, fps, ...settings }: SourceConfig,
  { encoder, log }: StreamSurroundings,
  signal: AbortSignal,
): Promise<FrameSource> {
  const { decoder, live, transport, hwaccel, openTimeoutS, hide } = settings;
  return openSource(input, decodeTarget(encoder.facts, fps), {
    ...{ decoder, isolated: true, transport, hwaccel, openTimeoutS, hide, signal },
    ...(live !== undefined && { live }),
    onNote: (note) => log.warn({ stream: name }, note),
  });
}
