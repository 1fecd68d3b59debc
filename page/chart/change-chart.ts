import type UPlot from 'uplot';
import { color } from '../colors.ts';
import type { Series } from '../series.ts';
import { TimeChart } from './time-chart.ts';
import type { ChartPlan } from './time-chart.ts';

/** A scene in which nothing happens looks flat: the axis ends no lower. */
const LEAST_TOP = 0.05;

/** What the stream decides about a chart of its own. */
export type ChartPlace = Pick<ChartPlan, 'height' | 'large' | 'live' | 'pick'>;

/** The change score of each frame: a line over an area. */
export function changeChart(place: ChartPlace): TimeChart {
  return new TimeChart({
    ...place,
    title: 'Change score over time',
    values: (series) => series.change,
    top: (greatest) => Math.min(1, Math.max(LEAST_TOP, greatest * 1.15)),
    lines: [0, 0.01, 0.05, 0.2, 0.5, 1],
    draw,
  });
}

function draw(plot: UPlot, series: Series): void {
  const { ctx, bbox } = plot;
  const { timeS, change } = series;
  const floor = bbox.top + bbox.height;
  const line = new Path2D();
  const area = new Path2D();
  let last = 0;
  for (let i = 0; i < timeS.length; i++) {
    const begins = isFirst(series, i);
    if (begins && i > 0) area.lineTo(last, floor);
    last = plot.valToPos(timeS[i] ?? 0, 'x', true);
    const y = plot.valToPos(change[i] ?? 0, 'y', true);
    if (begins) area.moveTo(last, floor);
    if (begins) line.moveTo(last, y);
    else line.lineTo(last, y);
    area.lineTo(last, y);
  }
  if (timeS.length > 0) area.lineTo(last, floor);
  ctx.fillStyle = ctx.strokeStyle = color('change');
  ctx.globalAlpha = 0.2;
  ctx.fill(area);
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.lineJoin = 'round';
  ctx.stroke(line);
}

/** Nobody knows what was before it: nothing is drawn there. */
function isFirst({ missing, epoch }: Series, i: number): boolean {
  return i === 0 || (missing[i] ?? 0) > 0 || epoch[i] !== epoch[i - 1];
}
