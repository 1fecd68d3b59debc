import type { AnalysisReport } from '../analysis-report.ts';
import { curveName } from '../policy-names.ts';
import { curveStyle } from './palette.ts';
import { axis, named, still, tauLine } from './plot.ts';
import type { Plot } from './plot.ts';

/** The rate–distortion curves of all policies. */
export function ratePlot({ curves, tau }: Pick<AnalysisReport, 'curves' | 'tau'>): Plot {
  const tree = Math.max(...curves.filter(({ policy }) => policy === 'fidelity-tree').map(({ ceiling }) => ceiling));
  const finest = Math.max(...curves.map(({ ceiling }) => ceiling));
  const series = curves.map((curve, i) => {
    const { color, mark, dash } = curveStyle(curve, tree);
    const data = [...curve.points]
      .sort((a, b) => a.tokensPerFrame - b.tokensPerFrame)
      .map((point) => [point.tokensPerFrame, point.distortion]);
    return {
      ...still,
      type: 'line',
      name: curveName(curve),
      data,
      symbol: mark,
      symbolSize: 8,
      itemStyle: { color },
      lineStyle: { color, type: dash, width: 2 },
      ...(i === 0 && { markLine: tauLine(tau) }),
    };
  });
  return {
    id: 'rate',
    title: 'Distortion against tokens per frame',
    description: `One curve for each policy: ${curves.map(curveName).join('; ')}. The table below has every point.`,
    height: 400,
    key: curves.map((curve) => ({ name: curveName(curve), ...curveStyle(curve, tree) })),
    option: {
      grid: { top: 12, left: 60, right: 52, bottom: 48 },
      xAxis: { ...axis, type: 'log', min: 1, max: finest, ...named('tokens per frame', 30) },
      yAxis: { ...axis, type: 'value', min: 0, ...named("share of the features' variance lost", 40) },
      series,
    },
  };
}
