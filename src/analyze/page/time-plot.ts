import type { AnalysisReport, FrameReport } from '../analysis-report.ts';
import type { KeyEntry } from './key.ts';
import { palette } from './palette.ts';
import { axis, named, still } from './plot.ts';
import type { Plot } from './plot.ts';
import { timeAxes } from './time-axes.ts';

const left = 60;
const right = 52;

const styles = {
  alone: { name: 'smallest scale, frame alone', color: palette.fixed.light, dash: 'dashed' },
  updating: { name: 'smallest scale, as an update', color: palette.change.light, dash: 'solid' },
  tree: { name: 'tokens of the tree', color: palette.finest.light, dash: 'solid' },
  change: { name: 'change score', color: palette.usual.light, dash: 'solid' },
} as const satisfies Record<string, KeyEntry>;

/** The smallest scale within tau and the tree's tokens over time, above the change score with its cuts. */
export function timePlot({ perFrame, ladder, tau }: Pick<AnalysisReport, 'perFrame' | 'ladder' | 'tau'>): Plot {
  return {
    id: 'time',
    title: 'Scales and change over time',
    description: `Above: the smallest scale that loses no more than ${tau}, for each frame alone and as an update, and the tokens of the tree. Below: the change score; dotted lines are cuts.`,
    height: 402,
    key: Object.values(styles),
    option: {
      grid: [
        { top: 12, left, right, height: 200 },
        { top: 254, left, right, height: 100 },
      ],
      xAxis: timeAxes(perFrame),
      yAxis: [
        { ...axis, type: 'log', gridIndex: 0, min: 1, max: ladder.at(-1) ?? 1, ...named('tokens', 40) },
        { ...axis, type: 'value', gridIndex: 1, min: 0, max: 1, interval: 0.5, ...named('change', 40) },
      ],
      series: [
        stairs(styles.alone, perFrame, 'scaleAlone'),
        stairs(styles.updating, perFrame, 'scaleUpdating'),
        stairs(styles.tree, perFrame, 'treeTokens'),
        changeSeries(perFrame),
      ],
    },
  };
}

function stairs(
  { color, dash }: KeyEntry,
  perFrame: readonly FrameReport[],
  figure: 'scaleAlone' | 'scaleUpdating' | 'treeTokens',
): object {
  const data = perFrame.map((frame) => [frame.timeS, frame[figure]]);
  const lineStyle = { color, type: dash, width: 1.8 };
  return { ...still, type: 'line', data, step: 'end', symbol: 'none', itemStyle: { color }, lineStyle };
}

function changeSeries(perFrame: readonly FrameReport[]): object {
  return {
    ...still,
    type: 'line',
    xAxisIndex: 1,
    yAxisIndex: 1,
    data: perFrame.map((frame) => [frame.timeS, frame.change]),
    symbol: 'none',
    itemStyle: { color: styles.change.color },
    lineStyle: { color: styles.change.color, width: 1.5 },
    areaStyle: { color: styles.change.color, opacity: 0.2 },
    markLine: {
      silent: true,
      symbol: 'none',
      label: { show: false },
      lineStyle: { color: palette.ink.light, type: 'dotted', width: 1 },
      data: perFrame.filter((frame) => frame.cut).map((frame) => ({ xAxis: frame.timeS })),
    },
  };
}
