import type { Logger } from 'pino';
import { ignoredCells } from '../change/ignored-cells.ts';
import type { SourceConfig } from '../config/serve-config.ts';
import { HardwareTrust } from '../decode/hardware-trust.ts';
import { inputKind } from '../decode/input-kind.ts';
import { openSource } from '../decode/open-source.ts';
import type { PacketLog } from '../log/packet-log.ts';
import { PacketRing } from '../log/packet-ring.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { Camera } from '../pipeline/camera.ts';
import { decodeTarget } from '../pipeline/decode-target.ts';
import { checkRate } from '../pipeline/pipeline-options.ts';
import { surveyBudget } from '../pipeline/survey-budget.ts';
import type { TokenStreamParts } from '../server/stream-parts.ts';
import { TokenStream } from '../server/token-stream.ts';
import { packetsIdentity, sourceIdentity } from './source-identity.ts';

/** What a source needs beside its configuration. */
export interface StreamSurroundings {
  /** The stream's seat at the encoder. */
  readonly encoder: VisionEncoder;
  readonly log: Logger;
  /** Gives up opening. */
  readonly signal: AbortSignal;
  /** Where its packets are kept; sequence and epoch go on from what it holds. Default: in memory. */
  readonly packets?: PacketLog | undefined;
  /** The last epoch of the stream whose place it takes. */
  readonly lastEpoch?: number | undefined;
}

/**
 * Makes the stream of one configured source, its decoder in a process of its own. A file is opened here; a camera opens
 * itself, again and again, so that one that is off does not hold up the others.
 * @throws FramenestError OPTION_INVALID, LADDER_INVALID; for a file also what `openSource` throws
 */
export async function openStream(config: SourceConfig, surroundings: StreamSurroundings): Promise<TokenStream> {
  const { name, input, fps, options } = config;
  const { encoder, log, signal, packets = new PacketRing() } = surroundings;
  checkRate(options, fps);
  const { quietS } = config.events;
  const parts = { name, encoder, quietS, ...maskOf(config, encoder), log: packets };
  const epoch = nextEpoch(surroundings) ?? options.epoch;
  if (inputKind(input, config).live) {
    const { stallS, retry } = config;
    await packets.restart(packetsIdentity(config, encoder), true);
    const hardware = new HardwareTrust(config.hwaccel, (note) => log.warn({ stream: name }, note));
    const open = (giveUp: AbortSignal): Promise<FrameSource> =>
      hardware.open((hwaccel) => openConfigured({ ...config, hwaccel }, surroundings, giveUp));
    const source = new Camera({ open, stallS, retry, firstEpoch: epoch });
    return new TokenStream({ ...parts, options, source });
  }
  await packets.restart(await sourceIdentity(config, encoder.facts.digest));
  if (packets.sealed) return new TokenStream({ ...parts, options, source: undefined });
  const open = (): Promise<FrameSource> => openConfigured(config, surroundings, signal);
  const plan = options.policy === 'budget' ? await surveyBudget({ open, encoder, options, signal }) : undefined;
  const source = await open();
  const { pid: decoderPid, ...facts } = source.facts;
  log.info({ stream: name, ...facts, decoderPid }, 'source opened');
  try {
    return new TokenStream({ ...parts, options: { ...options, epoch }, source, ...(plan && { plan }) });
  } catch (thrown) {
    await source.close();
    throw thrown;
  }
}

/** One more than any that was given out under this name. */
function nextEpoch({ packets, lastEpoch }: StreamSurroundings): number | undefined {
  const last = Math.max(packets?.epoch ?? -1, lastEpoch ?? -1);
  return last < 0 ? undefined : last + 1;
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
  const { decoder, live, transport, hwaccel, openTimeoutS, stallS, hide, scoreInput } = settings;
  return openSource(input, decodeTarget(encoder.facts, fps), {
    ...{ decoder, isolated: true, transport, hwaccel, openTimeoutS, hide, signal },
    ...(live !== undefined && { live }),
    ...(scoreInput !== undefined && { scoreInput }),
    // Whether a camera that is silent is lost is for its stall time to say, which is over before.
    ...(inputKind(input, settings).live && { silenceS: 2 * stallS }),
    onNote: (note) => log.warn({ stream: name }, note),
  });
}
