import type UPlot from 'uplot';
import { color } from '../colors.ts';
import type { Series } from '../series.ts';

/** Half the width of a drop's mark, CSS pixels. */
const DROP = 4;

/**
 * What every chart shows beside its figure: gaps as hatched bands, frames that were let go as triangles at the top, new
 * connections as dotted lines, and the frame that is looked at.
 */
export function drawMarks(plot: UPlot, series: Series, markS: number | undefined): void {
  for (let i = 0; i < series.timeS.length; i++) drawMark(plot, series, i);
  if (markS !== undefined) drawLine(plot, plot.valToPos(markS, 'x', true), 'ink', []);
}

function drawMark(plot: UPlot, { timeS, missing, dropped, epoch }: Series, i: number): void {
  const isGap = at(missing, i) > 0;
  const isDrop = at(dropped, i) > 0;
  const isBegun = i > 0 && at(epoch, i) !== at(epoch, i - 1);
  if (!isGap && !isDrop && !isBegun) return;
  const x = plot.valToPos(at(timeS, i), 'x', true);
  if (isGap) drawGap(plot, i > 0 ? plot.valToPos(at(timeS, i - 1), 'x', true) : plot.bbox.left, x);
  else if (isBegun) drawLine(plot, x, 'faint', [1, 3]);
  if (isDrop) drawDrop(plot, x);
}

function at(column: Float32Array | Float64Array, i: number): number {
  return column[i] ?? 0;
}

function drawGap({ ctx, bbox }: UPlot, from: number, to: number): void {
  // Wide enough to be seen where a gap is short.
  const left = Math.min(from, to - 3 * devicePixelRatio);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, to - left, bbox.height);
  ctx.clip();
  ctx.fillStyle = ctx.strokeStyle = color('tau');
  ctx.globalAlpha = 0.18;
  ctx.fillRect(left, bbox.top, to - left, bbox.height);
  ctx.globalAlpha = 0.8;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  const step = 6 * devicePixelRatio;
  for (let x = left - bbox.height; x < to; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

function drawDrop({ ctx, bbox }: UPlot, at: number): void {
  const half = DROP * devicePixelRatio;
  ctx.fillStyle = color('every');
  ctx.beginPath();
  ctx.moveTo(at - half, bbox.top);
  ctx.lineTo(at + half, bbox.top);
  ctx.lineTo(at, bbox.top + 1.6 * half);
  ctx.fill();
}

function drawLine({ ctx, bbox }: UPlot, at: number, name: 'faint' | 'ink', dash: readonly number[]): void {
  ctx.save();
  ctx.strokeStyle = color(name);
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(at, bbox.top);
  ctx.lineTo(at, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
