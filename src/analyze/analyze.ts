import { FramenestError } from '../errors.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Frame } from '../media/frame.ts';
import type { PatchGrid } from '../media/patch-grid.ts';
import { seconds } from '../media/timebase.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { Analysis } from './analysis.ts';
import type { AnalysisReport } from './analysis-report.ts';
import { parseAnalyzeOptions } from './analyze-options.ts';
import type { AnalyzeOptionsInput } from './analyze-options.ts';
import { FilmRoll } from './film-roll.ts';
import type { Film } from './film-roll.ts';
import { summarize } from './summarize.ts';

/** Frames that the encoder works on while the oldest one is analysed. */
const AHEAD = 4;

/** Pictures for the page. */
const FILM_FRAMES = 24;

/** What an analysis needs; the caller opens and frees source and encoder. */
export interface AnalyzeJob {
  readonly source: FrameSource;
  readonly encoder: VisionEncoder;
  readonly options: AnalyzeOptionsInput;
  /** Ends the analysis with ABORTED. */
  readonly signal: AbortSignal;
  /** Called after every frame. */
  readonly onProgress?: (progress: AnalyzeProgress) => void;
}

/** How far an analysis is. */
export interface AnalyzeProgress {
  /** Presentation time of the newest frame, from the first, seconds. */
  readonly timeS: number;
  readonly frames: number;
}

/** What an analysis found, and the pictures to show it with. */
export interface Analyzed {
  readonly report: AnalysisReport;
  /** At most 24, spread evenly. */
  readonly film: Film;
}

/** A frame and the features that are being made of it. */
interface Pending {
  readonly frame: Frame;
  readonly features: Promise<PatchGrid>;
}

/**
 * Looks for the granularity that a video needs: runs every policy side by side on its features, and asks of every frame
 * what each scale would lose. The encoder runs on every frame, once. Nothing of a frame is kept but a row of figures.
 * @throws FramenestError OPTION_INVALID; INPUT_UNREADABLE for an input without frames; ABORTED; every code of decoder
 * and encoder
 */
export async function analyze(job: AnalyzeJob): Promise<Analyzed> {
  const started = performance.now();
  const options = parseAnalyzeOptions(job.options);
  const { source, encoder } = job;
  const analysis = new Analysis(encoder);
  const roll = new FilmRoll(FILM_FRAMES);
  await readFrames(job, options.frames, analysis, roll);
  if (analysis.notes.length === 0) throw isEmpty(source.facts.input);
  const summary = summarize(analysis, options);
  const report: AnalysisReport = {
    input: source.facts.input,
    decoder: source.facts.decoder,
    encoder: encoder.facts.name,
    encoderDigest: encoder.facts.digest,
    device: encoder.device,
    gridSide: encoder.facts.gridSide,
    channels: encoder.facts.channels,
    framesDecoded: source.counts.decoded,
    firstFramesOnly: summary.frames === options.frames,
    durationS: source.facts.durationS ?? summary.perFrame.at(-1)?.timeS ?? 0,
    ...summary,
    wallS: (performance.now() - started) / 1000,
  };
  return { report, film: { side: encoder.facts.inputSide, aspect: aspectOf(job), frames: roll.frames } };
}

/** A stretched picture is shown as it was; padded and cropped ones are squares. */
function aspectOf({ source, encoder }: AnalyzeJob): number {
  return encoder.facts.resize === 'stretch' ? source.facts.width / source.facts.height : 1;
}

/** Hands the frames to the analysis in order while the encoder is up to `AHEAD` frames further. */
async function readFrames(
  { source, encoder, signal, onProgress }: AnalyzeJob,
  most: number,
  analysis: Analysis,
  roll: FilmRoll,
): Promise<void> {
  const pending: Pending[] = [];
  let first: number | undefined;
  const takeOldest = async (): Promise<void> => {
    const oldest = pending.shift();
    if (oldest === undefined) return;
    const { frame } = oldest;
    const { data } = await oldest.features;
    const timeS = seconds(frame.pts, frame.timebase);
    first ??= timeS;
    const index = analysis.notes.length;
    const positions = analysis.take(frame.data, timeS, data);
    roll.offer({ index, rgb: frame.data, positions });
    source.recycle(frame.data);
    onProgress?.({ timeS: timeS - first, frames: index + 1 });
  };
  let read = 0;
  for await (const frame of source.frames(signal)) {
    const features = encoder.encode(frame.data);
    // Awaited in its turn; one that fails before must not end the process.
    features.catch(() => undefined);
    pending.push({ frame, features });
    if (pending.length >= AHEAD) await takeOldest();
    if (++read >= most || signal.aborted) break;
  }
  if (signal.aborted) {
    throw new FramenestError('ABORTED', { what: 'The analysis was stopped.', mend: 'Start it again.' });
  }
  while (pending.length > 0) await takeOldest();
}

function isEmpty(input: string): FramenestError {
  return new FramenestError('INPUT_UNREADABLE', {
    what: `${input} has no frame to analyse.`,
    mend: 'Give a video with at least one picture.',
  });
}
