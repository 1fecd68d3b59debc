import type { AnalysisReport, FrameReport } from '../analysis-report.ts';
import { tokenCount } from './markup.ts';
import { levelColor, palette } from './palette.ts';
import { axis, named, still, tauLine } from './plot.ts';
import type { Plot } from './plot.ts';
import { timeAxes } from './time-axes.ts';

/** What each scale loses of every frame, alone and as an update. */
export function lossPlot({ perFrame, ladder, tau }: Pick<AnalysisReport, 'perFrame' | 'ladder' | 'tau'>): Plot {
  const coarser = ladder.slice(0, -1);
  const views = ['alone', 'updating'] as const;
  const series = views.flatMap((view, grid) =>
    coarser.map((_, level) => ({
      ...lossLine(levelColor(level), grid, perFrame, (frame) => frame[view][level] ?? 0),
      ...(level === 0 && { markLine: tauLine(tau) }),
    })),
  );
  const tree = lossLine(palette.ink.light, 1, perFrame, (frame) => frame.treeLeft);
  const most = Math.max(tau, ...perFrame.map((frame) => Math.max(...frame.alone, ...frame.updating)));
  const loss = { ...axis, type: 'value', min: 0, max: Math.ceil(most * 5) / 5 };
  return {
    id: 'loss',
    title: 'What each scale loses over time',
    description: `Above: of each frame alone. Below: as an update of what the receiver holds, and what the tree leaves. All ${ladder.at(-1) ?? 1} tokens lose nothing.`,
    height: 440,
    key: [
      ...coarser.map((tokens, level) => ({
        name: tokenCount(tokens),
        color: levelColor(level),
        dash: 'solid' as const,
      })),
      { name: 'what the tree leaves', color: palette.ink.light, dash: 'dotted' },
    ],
    option: {
      grid: [
        { top: 12, left: 60, right: 52, height: 170 },
        { top: 222, left: 60, right: 52, height: 170 },
      ],
      xAxis: timeAxes(perFrame),
      yAxis: [
        { ...loss, gridIndex: 0, ...named('lost, frame alone', 40) },
        { ...loss, gridIndex: 1, ...named('lost, as an update', 40) },
      ],
      series: [...series, { ...tree, lineStyle: { color: palette.ink.light, type: 'dotted', width: 1.8 } }],
    },
  };
}

function lossLine(
  color: string,
  grid: number,
  perFrame: readonly FrameReport[],
  value: (frame: FrameReport) => number,
): object {
  return {
    ...still,
    type: 'line',
    xAxisIndex: grid,
    yAxisIndex: grid,
    data: perFrame.map((frame) => [frame.timeS, value(frame)]),
    symbol: 'none',
    itemStyle: { color },
    lineStyle: { color, width: 1.6 },
  };
}
