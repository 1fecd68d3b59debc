import Table from 'cli-table3';
import type { AnalysisReport, Curve, TauHistogram } from '../../analyze/analysis-report.ts';
import { tokensAt } from '../../analyze/equal-distortion.ts';
import { curveName } from '../../analyze/policy-names.ts';
import { outColors } from './colors.ts';

/** Characters of a full bar in the histogram. */
const BAR = 20;

const plain = { head: [], border: [] };

/** What an analysis found, for a terminal: the histogram at tau, the policies at equal distortion, the oracle gap, a sentence. */
export function analyzeTables(report: AnalysisReport): string {
  const { tau, histograms, recommendation } = report;
  const histogram = histograms.find((each) => each.tau === tau);
  return [
    facts(report),
    outColors.bold(`Smallest scale that loses no more than ${tau} of the features' variance`),
    ...(histogram ? [histogramTable(histogram, report.frames)] : []),
    outColors.bold('Tokens per frame at equal feature distortion'),
    curvesTable(report.curves),
    outColors.bold(
      'Share of what the best choice of whole-frame scales gains over uniform ones (each frame on its own)',
    ),
    oracleTable(report),
    recommendation.sentence,
  ].join('\n');
}

function facts(report: AnalysisReport): string {
  const { frames, firstFramesOnly, fps, encoder, encoderDigest, device, cuts, still, changeShare, wallS } = report;
  const which = firstFramesOnly ? `the first ${frames} frames` : `${frames} frames`;
  const rate = fps === undefined ? '' : ` at ${fps.toFixed(2)} a second`;
  const made = `${which}${rate}, ${cuts} cuts, ${still} still for the gate, ${percent(changeShare)} of the variance is change`;
  return outColors.dim(`${made}; ${encoder} (${encoderDigest.slice(0, 19)}…) on ${device}, ${wallS.toFixed(1)} s`);
}

function histogramTable({ alone, updating }: TauHistogram, frames: number): string {
  const table = new Table({ head: ['tokens', 'frame alone', 'as an update'], style: plain });
  const cell = (count = 0): string =>
    `${'█'.repeat(Math.round((BAR * count) / frames)).padEnd(BAR)} ${percent(count / frames).padStart(7)}`;
  for (const tokens of Object.keys(alone)) table.push([tokens, cell(alone[tokens]), cell(updating[tokens])]);
  return table.toString();
}

function curvesTable(curves: readonly Curve[]): string {
  const levels = distortions(curves);
  const table = new Table({ head: ['distortion', ...levels.map((level) => level.toFixed(3))], style: plain });
  for (const curve of curves) {
    const cells = levels.map((level) => tokensAt(curve.points, level)?.toFixed(1) ?? '–');
    table.push([curveName(curve), ...cells]);
  }
  return table.toString();
}

/** Six distortions from what the best setting of all leaves to what the curves with a choice of settings end at. */
function distortions(curves: readonly Curve[]): number[] {
  const all = curves
    .filter(({ policy }) => policy !== 'fixed')
    .flatMap(({ points }) => points.map((p) => p.distortion));
  const from = Math.min(...all);
  const to = Math.max(...all);
  return Array.from({ length: 6 }, (_, i) => from + ((i + 0.5) / 6) * (to - from));
}

function oracleTable({ oracle }: AnalysisReport): string {
  const head = ['policy', 'tokens per frame', 'uniform', 'policy', 'best', 'gap closed', 'in random order'];
  const table = new Table({ head, style: plain });
  for (const { policy, setting, tokensPerFrame, uniform, policyLeft, best, gap, shuffledGap } of oracle) {
    const name = policy === 'threshold' ? `smallest within ${setting}` : `${policy} at ${setting}`;
    const figures = [tokensPerFrame.toFixed(1), ...[uniform, policyLeft, best].map((value) => value.toFixed(3))];
    table.push([name, ...figures, maybe(gap), maybe(shuffledGap)]);
  }
  return table.toString();
}

function maybe(part: number | undefined): string {
  return part === undefined ? '–' : percent(part);
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
