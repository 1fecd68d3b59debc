import UPlot from 'uplot';
import { color } from '../colors.ts';
import { counted, timeOf } from '../format.ts';
import type { Series } from '../series.ts';
import { drawMarks } from './marks.ts';

/** What a chart of one figure over time shows. */
export interface ChartPlan {
  /** What it shows, for who cannot see it. */
  readonly title: string;
  /** Pixels. */
  readonly height: number;
  /** With axes, and a cursor that picks frames. */
  readonly large: boolean;
  /** Time of day, not minutes into a file. */
  readonly live: boolean;
  readonly values: (series: Series) => Float32Array;
  /** Upper end of the axis for the greatest value in view. */
  readonly top: (greatest: number) => number;
  /** Where the axis has its lines. */
  readonly lines: readonly number[];
  readonly draw: (plot: UPlot, series: Series) => void;
  /** A frame was picked by a click. */
  readonly pick?: (sequence: number) => void;
}

/** What is in view. */
export interface ChartView {
  readonly fromS: number;
  readonly toS: number;
  /** Where a line marks one frame. */
  readonly markS?: number;
}

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
/** A scale of its own functions. uPlot's `Scale.Distr` is a type alone, and no type can be told to be one of its values. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const POWERS = 100 as UPlot.Scale.Distr;

const FONT = '11px system-ui, sans-serif';

/** One figure of a stream over time. Draws when it is told to, and when its size changes. */
export class TimeChart {
  readonly element: HTMLElement;
  readonly #plan: ChartPlan;
  readonly #plot: UPlot;
  readonly #resized: ResizeObserver;
  #series: Series | undefined;
  #view: ChartView = { fromS: 0, toS: 60 };

  constructor(plan: ChartPlan) {
    this.#plan = plan;
    this.element = document.createElement('div');
    this.element.className = plan.large ? 'chart large' : 'chart';
    this.element.setAttribute('role', 'img');
    this.element.setAttribute('aria-label', plan.title);
    this.#plot = new UPlot(this.#options(), [[], []], this.element);
    if (plan.large && plan.pick) this.#plot.over.addEventListener('click', (event) => this.#pick(event));
    this.#resized = new ResizeObserver(() => this.#fit());
    this.#resized.observe(this.element);
  }

  /** Draws these frames. */
  show(series: Series, view: ChartView): void {
    this.#series = series;
    this.#view = view;
    this.#plot.setData([series.timeS, this.#plan.values(series)] as UPlot.AlignedData, false);
    this.#plot.setScale('x', { min: view.fromS, max: view.toS });
  }

  /** Says in words what is drawn. */
  describe(words: string): void {
    const label = `${this.#plan.title}: ${words}; ${framesIn(this.#series)}`;
    if (this.element.getAttribute('aria-label') !== label) this.element.setAttribute('aria-label', label);
  }

  /** Frees its memory. */
  destroy(): void {
    this.#resized.disconnect();
    this.#plot.destroy();
  }

  #fit(): void {
    const width = this.element.clientWidth;
    if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: this.#plan.height });
  }

  /** Not what the cursor was last over: under one that rests, frames move on. */
  #pick({ clientX }: MouseEvent): void {
    const { left } = this.#plot.over.getBoundingClientRect();
    const sequence = this.#series?.sequence[this.#plot.posToIdx(clientX - left)];
    if (sequence !== undefined) this.#plan.pick?.(sequence);
  }

  #options(): UPlot.Options {
    const { height, large, top } = this.#plan;
    const root = { distr: POWERS, fwd: Math.sqrt, bwd: (side: number) => side * side };
    return {
      width: 300,
      height,
      padding: large ? [8, 28, 0, 0] : [2, 0, 2, 0],
      legend: { show: false },
      cursor: large ? { y: false, drag: { setScale: false, x: false, y: false } } : { show: false },
      scales: {
        x: { time: false, range: () => [this.#view.fromS, this.#view.toS] },
        // Roots: what is small is what matters here, and it must be seen beside what is large.
        y: { ...root, range: (_, __, greatest) => [0, top(greatest)] },
      },
      series: [{}, { paths: () => null, points: { show: false } }],
      axes: large ? this.#axes() : [{ show: false }, { show: false }],
      hooks: { draw: [(plot) => this.#draw(plot)] },
    };
  }

  #axes(): UPlot.Axis[] {
    const look = {
      stroke: () => color('faint'),
      grid: { stroke: () => color('line'), width: 1 },
      ticks: { show: false },
      font: FONT,
    };
    const values = (_: UPlot, splits: number[]): string[] => splits.map((split) => timeOf(split, this.#plan.live));
    return [
      { ...look, incrs: STEPS_S, space: 90, size: 24, values },
      {
        ...look,
        size: 44,
        splits: (_, __, ___, most) => this.#plan.lines.filter((line) => line <= most),
        values: (_, splits) => splits.map(String),
        filter: (_, splits) => splits,
      },
    ];
  }

  #draw(plot: UPlot): void {
    if (!this.#series) return;
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    drawMarks(plot, this.#series, this.#view.markS);
    this.#plan.draw(plot, this.#series);
    ctx.restore();
  }
}

function framesIn(series: Series | undefined): string {
  const frames = series?.sequence ?? new Float64Array(0);
  const range = frames.length > 0 ? `, #${frames[0]} to #${frames.at(-1)}` : '';
  return `${counted(frames.length, 'frame')}${range}`;
}
