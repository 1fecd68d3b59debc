import type { FrameReport } from '../analysis-report.ts';
import { clock } from './markup.ts';
import { axis, named } from './plot.ts';

/** Two time axes over one another; only the lower one has numbers. */
export function timeAxes(perFrame: readonly FrameReport[]): object[] {
  // An axis of a single frame needs a length all the same.
  const max = Math.max(1, perFrame.at(-1)?.timeS ?? 0);
  const time = { ...axis, type: 'value', min: 0, max, splitLine: { show: false } };
  const numbers = { ...axis.axisLabel, formatter: clock, showMaxLabel: false };
  return [
    { ...time, gridIndex: 0, axisLabel: { show: false } },
    { ...time, gridIndex: 1, axisLabel: numbers, ...named('time, minutes:seconds', 30) },
  ];
}
