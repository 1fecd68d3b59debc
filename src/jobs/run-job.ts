import { FramenestError, asFramenestError } from '../errors.ts';
import { lockFolder } from '../log/folder-lock.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Packet } from '../media/packet.ts';
import { formatTimebase, seconds } from '../media/timebase.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { StreamCounts } from '../operators/measure.ts';
import { ladderOf, layoutOf, policyOf, selectorOf } from '../pipeline/choosers.ts';
import { checkRate, parsePipelineOptions } from '../pipeline/pipeline-options.ts';
import type { PipelineOptions, PipelineOptionsInput } from '../pipeline/pipeline-options.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { surveyBudget } from '../pipeline/survey-budget.ts';
import type { BudgetPlan } from '../scales/budget-plan.ts';
import { PartWriter } from './part-writer.ts';

/** What a run needs; the caller opens and frees source and encoder. */
export interface RunJob {
  readonly source: FrameSource;
  readonly encoder: VisionEncoder;
  /** Folder for the parts and the manifest. */
  readonly out: string;
  /** As given to the source, for the manifest. */
  readonly fps: number | 'native';
  readonly options: PipelineOptionsInput;
  /** Ends the run early: what is finished stays, the manifest says `complete: false`. */
  readonly signal: AbortSignal;
  /** Opens the same input anew; needed by policy `budget`, which reads it once before the run. */
  readonly reopen?: () => Promise<FrameSource>;
  /** Called after every frame. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Called after every frame of that first reading, with its time from the first, seconds. */
  readonly onSurvey?: (timeS: number) => void;
}

/** How far a run is. */
export interface RunProgress {
  /** Presentation time of the newest frame, from the first, seconds. */
  readonly timeS: number;
  readonly counts: StreamCounts;
}

/** What a run came to; `framenest run --json` prints it. */
export interface RunReport {
  readonly input: string;
  readonly decoder: string;
  readonly encoder: string;
  readonly encoderDigest: string;
  readonly device: string;
  /** Of the video, as the container says, else from the frames' pts. */
  readonly durationS: number;
  /** Frames that the decoder made, before sampling. */
  readonly framesDecoded: number;
  readonly frames: number;
  readonly tokens: number;
  readonly tokensPerFrame: number;
  /** Frames at each scale. */
  readonly scales: Record<string, number>;
  readonly held: number;
  readonly encoderRuns: number;
  readonly cuts: number;
  readonly wallS: number;
  readonly out: string;
}

/**
 * Runs a whole input into part files. The folder is this run's own until it ends.
 * @throws FramenestError of every stage; what was finished before is on disk, and the manifest names the error
 */
export async function runJob(job: RunJob): Promise<RunReport> {
  const started = performance.now();
  const options = parsePipelineOptions(job.options);
  checkRate(options, job.fps);
  const lock = await lockFolder(job.out, 'output');
  try {
    const plan = await planFor(job, options);
    const report = await written(job, options, plan);
    return { ...report, wallS: (performance.now() - started) / 1000 };
  } finally {
    lock.release();
  }
}

async function written(
  job: RunJob,
  options: PipelineOptions,
  plan: BudgetPlan | undefined,
): Promise<Omit<RunReport, 'wallS'>> {
  const counts = new StreamCounts();
  const writer = await PartWriter.open(job.out, manifestFacts(job, options, plan));
  const span = { first: undefined as number | undefined, last: 0 };
  const sink = async (packet: Packet): Promise<void> => {
    await writer.add(packet);
    const timeS = seconds(packet.frames[0]?.pts ?? 0n, packet.header.timebase);
    span.first ??= timeS;
    span.last = timeS;
    job.onProgress?.({ timeS: timeS - span.first, counts });
  };
  try {
    await drain(job, sink, counts, plan);
  } catch (thrown) {
    // Where the disk is full this fails too, and says less than what came first.
    await writer.finish(thrown).catch(() => undefined);
    throw thrown;
  }
  await writer.finish();
  const durationS = job.source.facts.durationS ?? span.last - (span.first ?? 0);
  return { ...reportCounts(job, counts), durationS, out: job.out };
}

/** Resolves after the last packet, rejects with ABORTED when the signal ends it. */
async function drain(
  { source, encoder, options, signal }: RunJob,
  sink: (packet: Packet) => Promise<void>,
  counts: StreamCounts,
  plan: BudgetPlan | undefined,
): Promise<void> {
  let stop = (): void => undefined;
  const drained = new Promise<void>((resolve, reject) => {
    const running = pipeline({ source, encoder, sink, options, counts, ...(plan && { plan }) }).subscribe({
      error: (thrown: unknown) => reject(asFramenestError(thrown)),
      complete: () => resolve(),
    });
    stop = () => {
      running.unsubscribe();
      reject(new FramenestError('ABORTED', { what: 'The run was stopped.', mend: 'Start it again.' }));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  await drained.finally(() => signal.removeEventListener('abort', stop));
}

/** What the input costs at several prices, where the policy must know before it begins. */
async function planFor(job: RunJob, { policy }: PipelineOptions): Promise<BudgetPlan | undefined> {
  const { reopen, encoder, options, signal, onSurvey } = job;
  if (policy !== 'budget' || !reopen) return undefined;
  return surveyBudget({ open: reopen, encoder, options, signal, ...(onSurvey && { onProgress: onSurvey }) });
}

function reportCounts(
  { source, encoder }: RunJob,
  counts: StreamCounts,
): Omit<RunReport, 'durationS' | 'wallS' | 'out'> {
  const scales = [...counts.scales].sort(([a], [b]) => a - b);
  return {
    input: source.facts.input,
    decoder: source.facts.decoder,
    encoder: encoder.facts.name,
    encoderDigest: encoder.facts.digest,
    device: encoder.device,
    framesDecoded: source.counts.decoded,
    frames: counts.frames,
    tokens: counts.tokens,
    tokensPerFrame: counts.frames === 0 ? 0 : counts.tokens / counts.frames,
    scales: Object.fromEntries(scales.map(([tokens, frames]) => [String(tokens), frames])),
    held: counts.held,
    encoderRuns: counts.encoderRuns,
    cuts: counts.cuts,
  };
}

function manifestFacts({ source, encoder, fps }: RunJob, options: PipelineOptions, plan: BudgetPlan | undefined) {
  const { name, digest, stage, gridSide, channels } = encoder.facts;
  const ladder = ladderOf(options, gridSide);
  // Checked here too: a wrong option must not cost the parts of an earlier run.
  policyOf(options, ladder, plan);
  selectorOf(options, ladder, channels, plan);
  return {
    input: source.facts.input,
    decoder: source.facts.decoder,
    encoder: name,
    encoderDigest: digest,
    stage,
    gridSide,
    channels,
    ladder: ladder.scales.map((scale) => scale.tokens),
    policy: options.policy,
    layout: layoutOf(options),
    dtype: options.dtype,
    fps,
    timebase: formatTimebase(source.facts.timebase),
  };
}
