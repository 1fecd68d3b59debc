import type UPlot from 'uplot';
import { color, scaleColor } from '../colors.ts';
import type { Series } from '../series.ts';
import type { ChartPlace } from './change-chart.ts';
import { TimeChart } from './time-chart.ts';

/** What a stream that never looks at its frames would send for each. */
export const FIXED = 144;

/** A bar is never wider, CSS pixels: few frames in view must not look like many. */
const WIDEST = 14;

/**
 * Tokens of each frame as a bar, stacked by scale, coarsest at the bottom, under the line of fixed-144.
 * @param scales - tokens of each scale of the stream
 */
export function tokensChart(place: ChartPlace, scales: readonly number[]): TimeChart {
  return new TimeChart({
    ...place,
    title: 'Tokens per frame, by scale',
    values: (series) => series.tokens,
    top: (greatest) => Math.max(FIXED, greatest) * 1.06,
    lines: [0, ...scales, FIXED].filter((line, i, all) => all.indexOf(line) === i),
    draw,
  });
}

function draw(plot: UPlot, series: Series): void {
  const { ctx } = plot;
  const { timeS, levels } = series;
  for (let i = 0; i < timeS.length; i++) {
    const left = plot.valToPos(timeS[i] ?? 0, 'x', true);
    const width = barWidth(plot, timeS, i);
    let below = 0;
    for (let level = 0; level < levels.length; level++) {
      const tokens = levels[level]?.[i] ?? 0;
      if (tokens === 0) continue;
      const y = plot.valToPos(below, 'y', true);
      below += tokens;
      const height = Math.max(devicePixelRatio, y - plot.valToPos(below, 'y', true));
      ctx.fillStyle = scaleColor(level);
      ctx.fillRect(left - width / 2, y - height, width, height);
    }
  }
  drawFixed(plot);
}

/** Up to the nearer neighbour, so that none reaches into a gap, less a hair where there is room. */
function barWidth(plot: UPlot, timeS: Float64Array, i: number): number {
  const here = timeS[i] ?? 0;
  const nearest = Math.min(here - (timeS[i - 1] ?? -Infinity), (timeS[i + 1] ?? Infinity) - here);
  const apart = nearest === Infinity ? 0.1 : nearest;
  const width = Math.abs(plot.valToPos(apart, 'x', true) - plot.valToPos(0, 'x', true));
  const room = Math.min(width, WIDEST * devicePixelRatio);
  return Math.max(devicePixelRatio, room > 4 ? room - devicePixelRatio : room);
}

function drawFixed(plot: UPlot): void {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(FIXED, 'y', true);
  ctx.strokeStyle = color('fixed');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
}
