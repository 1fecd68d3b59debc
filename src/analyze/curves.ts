import type { Analysis } from './analysis.ts';
import type { Curve, CurvePoint } from './analysis-report.ts';
import { weigh } from './figures/error-table.ts';

/**
 * The rate–distortion curves of a whole clip: fixed scales, then every contender by policy and ceiling.
 * D = Σ‖X − X̂‖² over frames with ‖X − X̂‖² = ‖X − Π X‖² + ‖Π X − X̂‖², since X̂ lies in the range of Π, the projector on
 * the finest scale that was sent.
 */
export function curvesOf(analysis: Analysis, weights: Float64Array): Curve[] {
  const { frames } = analysis.moments;
  const changeShare = analysis.moments.changeShare(weights);
  const { scales } = analysis.ladders.whole;
  const floors = analysis.floors.map((sums) => weigh(sums, 0, weights));
  const point = (setting: number, tokens: number, error: number): CurvePoint => ({
    setting,
    tokensPerFrame: tokens / frames,
    distortion: error / frames,
    ...(changeShare > 0 && { nmse: error / frames / changeShare }),
  });
  const fixed = scales.map(({ tokens }, level) => point(tokens, tokens * frames, floors[level] ?? 0)).reverse();
  const curves = new Map<string, Curve & { points: CurvePoint[] }>();
  for (const score of analysis.scores) {
    const { policy, side, setting } = score.contender;
    const name = `${policy} ${side}`;
    const curve = curves.get(name) ?? { policy, ceiling: side * side, points: [] };
    const floor = floors[scales.findIndex((scale) => scale.side === side)] ?? 0;
    curve.points.push(point(setting, score.tokens, floor + score.error(weights)));
    curves.set(name, curve);
  }
  return [{ policy: 'fixed', ceiling: scales.at(-1)?.tokens ?? 1, points: fixed }, ...curves.values()];
}
