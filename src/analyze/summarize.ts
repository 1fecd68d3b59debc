import type { Analysis } from './analysis.ts';
import type { AnalysisReport, FrameReport, OracleGap } from './analysis-report.ts';
import type { AnalyzeOptions } from './analyze-options.ts';
import { DEFAULT_PRICE } from '../pipeline/choosers.ts';
import { curvesOf } from './curves.ts';
import { fewestTokens, tauHistograms, tausBeside } from './fewest-tokens.ts';
import { oracleGap } from './oracle-gap.ts';
import { recommend } from './recommend.ts';

/** The part of a report that follows from the frames alone. */
export type Summary = Pick<
  AnalysisReport,
  | 'ladder'
  | 'frames'
  | 'fps'
  | 'tau'
  | 'seed'
  | 'changeShare'
  | 'cuts'
  | 'still'
  | 'perFrame'
  | 'histograms'
  | 'curves'
  | 'oracle'
  | 'recommendation'
>;

/** What the frames say, once the clip has ended and it is known what each channel is worth. At least one frame. */
export function summarize(analysis: Analysis, { tau, seed }: AnalyzeOptions): Summary {
  const weights = analysis.moments.weights();
  const ladder = analysis.ladders.whole.scales.map((scale) => scale.tokens);
  const perFrame = frameReports(analysis, weights, ladder, tau);
  const curves = curvesOf(analysis, weights);
  const fps = rateOf(perFrame);
  const rate = fps === undefined ? {} : { fps };
  return {
    ladder,
    frames: perFrame.length,
    ...rate,
    tau,
    seed,
    changeShare: analysis.moments.changeShare(weights),
    cuts: analysis.notes.filter((note) => note.cut).length,
    still: analysis.notes.filter((note) => note.still).length,
    perFrame,
    histograms: tauHistograms(perFrame, ladder, tau),
    curves,
    oracle: gapsOf(analysis, perFrame, ladder, { tau, seed }),
    recommendation: recommend(curves, { tau, ...rate }),
  };
}

function frameReports(
  analysis: Analysis,
  weights: Float64Array,
  ladder: readonly number[],
  tau: number,
): FrameReport[] {
  const first = analysis.notes[0]?.timeS ?? 0;
  const coarser = ladder.length - 1;
  const rows = analysis.table.weigh(weights);
  return analysis.notes.map((note, t) => {
    const row = (rows[t] ?? []).map(round);
    const alone = [...row.slice(0, coarser), 0];
    const updating = [...row.slice(coarser, 2 * coarser), 0];
    return {
      timeS: round(note.timeS - first),
      change: round(note.change),
      cut: note.cut,
      still: note.still,
      alone,
      updating,
      scaleAlone: fewestTokens(alone, ladder, tau),
      scaleUpdating: fewestTokens(updating, ladder, tau),
      treeTokens: note.treeTokens,
      treeLeft: row.at(-1) ?? 0,
    };
  });
}

/** The threshold rule at every tau, and every policy of whole frames at its default price. */
function gapsOf(
  analysis: Analysis,
  perFrame: readonly FrameReport[],
  ladder: readonly number[],
  { tau, seed }: Pick<AnalyzeOptions, 'tau' | 'seed'>,
): OracleGap[] {
  const left = perFrame.map((frame) => frame.alone);
  const usual = analysis.ladders.usual.scales.length;
  const gaps = tausBeside(tau).map((setting) => {
    const levels = left.map((row) => ladder.indexOf(fewestTokens(row, ladder, setting)));
    return oracleGap({ policy: 'threshold', setting, levels, allowed: ladder.length }, left, ladder, seed);
  });
  for (const { contender } of analysis.scores) {
    const { policy, setting, levels } = contender;
    if (levels === undefined || (policy !== 'change' && policy !== 'fidelity-uniform')) continue;
    if (setting !== DEFAULT_PRICE[policy === 'change' ? 'change' : 'features']) continue;
    gaps.push(oracleGap({ policy, setting, levels, allowed: usual }, left, ladder, seed));
  }
  return gaps;
}

/** Frames per second as they came. */
function rateOf(frames: readonly FrameReport[]): number | undefined {
  const span = frames.at(-1)?.timeS ?? 0;
  return span > 0 ? (frames.length - 1) / span : undefined;
}

/** Six digits after the point: what a report of 2,000 frames can afford. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
