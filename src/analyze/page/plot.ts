import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import type { EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { drawKey } from './key.ts';
import type { KeyEntry } from './key.ts';
import { escape } from './markup.ts';
import { palette, themed } from './palette.ts';

use([BarChart, LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** Of every plot, pixels; a narrower screen scrolls it rather than shrink its letters. */
const WIDTH = 680;

/** A plot and what it says to somebody who cannot see it. */
export interface Plot {
  /** Unique on the page: a word. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Pixels. */
  readonly height: number;
  readonly option: EChartsCoreOption;
  /** What its colours stand for: beside the plot and not in it, so that it wraps on a narrow screen. */
  readonly key: readonly KeyEntry[];
}

/** The plot under its key as an inline SVG with its title and description, in the colours of the page. */
export function drawPlot({ id, title, description, height, option, key }: Plot): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif', fontSize: 13, color: palette.ink.light },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  const names = `<title id="${id}-title">${escape(title)}</title><desc id="${id}-desc">${escape(description)}</desc>`;
  const open = `<svg role="img" aria-labelledby="${id}-title ${id}-desc" `;
  return `${drawKey(key)}<div class="plot">${themed(svg)
    .replace(/^<svg /, open)
    .replace('>', `>${names}`)}</div>`;
}

/** What every axis has in common. */
export const axis = {
  axisLine: { show: true, lineStyle: { color: palette.faint.light } },
  axisTick: { show: true, lineStyle: { color: palette.faint.light } },
  axisLabel: { color: palette.ink.light, fontSize: 12 },
  splitLine: { show: true, lineStyle: { color: palette.line.light } },
  minorSplitLine: { show: false },
  nameTextStyle: { color: palette.ink.light, fontSize: 13 },
} as const;

/** The name of an axis beside its middle, so many pixels away. */
export function named(name: string, gap: number): object {
  return { name, nameLocation: 'middle', nameGap: gap };
}

/** What every line has in common: nothing moves, nothing lights up. */
export const still = { silent: true, emphasis: { disabled: true } } as const;

/** A line across the plot where the loss is tau. */
export function tauLine(tau: number): object {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: palette.tau.light, type: 'dashed', width: 1.5 },
    label: { formatter: `τ ${tau}`, position: 'end', color: palette.tau.light, fontSize: 12 },
    data: [{ yAxis: tau }],
  };
}
