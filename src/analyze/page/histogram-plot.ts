import type { AnalysisReport } from '../analysis-report.ts';
import { tokenCount } from './markup.ts';
import { levelColor } from './palette.ts';
import { axis, named, still } from './plot.ts';
import type { Plot } from './plot.ts';

/** For several taus, the share of frames that need each scale, alone and as an update. */
export function histogramPlot({
  histograms,
  ladder,
  frames,
}: Pick<AnalysisReport, 'histograms' | 'ladder' | 'frames'>): Plot {
  const views = ['alone', 'updating'] as const;
  const series = views.flatMap((view, grid) =>
    ladder.map((tokens, level) => ({
      ...still,
      type: 'bar',
      stack: view,
      xAxisIndex: grid,
      yAxisIndex: grid,
      barWidth: '62%',
      itemStyle: { color: levelColor(level) },
      data: histograms.map((histogram) => (100 * (histogram[view][String(tokens)] ?? 0)) / frames),
    })),
  );
  const taus = {
    ...axis,
    type: 'category',
    inverse: true,
    data: histograms.map(({ tau }) => `τ ${tau}`),
    splitLine: { show: false },
  };
  const share = { ...axis, type: 'value', min: 0, max: 100 };
  return {
    id: 'histogram',
    title: 'Smallest scale within tau',
    description:
      'For each tau the share of frames that need each scale. Above: each frame alone. Below: as an update of what the receiver holds.',
    height: 412,
    key: ladder.map((tokens, level) => ({ name: tokenCount(tokens), color: levelColor(level) })),
    option: {
      grid: [
        { top: 8, left: 60, right: 24, height: 140 },
        { top: 220, left: 60, right: 24, height: 140 },
      ],
      xAxis: [
        { ...share, gridIndex: 0, ...named('per cent of frames, each frame alone', 28) },
        { ...share, gridIndex: 1, ...named('per cent of frames, as an update', 28) },
      ],
      yAxis: [
        { ...taus, gridIndex: 0 },
        { ...taus, gridIndex: 1 },
      ],
      series,
    },
  };
}
