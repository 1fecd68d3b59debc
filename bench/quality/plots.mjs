import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as echarts from 'echarts';
import { frontier } from './bd-rate.mjs';

/** Without a browser echarts guesses the width of text, and guesses low. */
const LEGEND = { itemGap: 22, textStyle: { padding: [0, 12, 0, 0] } };

/** Ours in strong colours, rivals in pale ones. */
const STYLES = {
  'fidelity-576': ['#0b7285', 3, 'solid'],
  fidelity: ['#2f9e44', 3, 'solid'],
  change: ['#e67700', 2, 'solid'],
  'every-kth-144': ['#868e96', 2, 'dashed'],
  dtd: ['#c2255c', 2, 'dashed'],
  'evs-causal': ['#7048e8', 2, 'dashed'],
  keyframes: ['#1971c2', 2, 'dotted'],
  downsampling: ['#a9a9a9', 2, 'dotted'],
};

/**
 * One picture a clip, one of what is saved in each class, and one of metric Q4 where nuisances were looked at.
 * @param {string} folder made if need be
 * @param {{ clips: object[], summary: object }} result
 * @returns {string[]} paths
 */
export function drawPlots(folder, { clips, summary }) {
  mkdirSync(folder, { recursive: true });
  const write = (name, options) => {
    const path = join(folder, `${name.replace(/[^\w.-]+/g, '_')}.svg`);
    writeFileSync(path, draw(options));
    return path;
  };
  const reactions = clips.some((clip) => clip.nuisance) ? [write('events', recallOverFalseTokens(clips, summary))] : [];
  return [...clips.map((clip) => write(`rd-${clip.name}`, curves(clip))), write('saved', bars(summary)), ...reactions];
}

function draw(option) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 860, height: 520 });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function curves({ name, class: kind, frames, curves: all }) {
  const shown = Object.keys(STYLES).filter((method) => all[method]);
  return {
    title: { text: name, subtext: `${kind}, ${frames} frames`, left: 16, top: 8 },
    legend: { data: shown, top: 20, right: 16, width: 560, ...LEGEND },
    grid: { left: 64, right: 24, top: 96, bottom: 56 },
    xAxis: { type: 'log', name: 'tokens a frame', nameLocation: 'middle', nameGap: 30, min: 0.5, max: 600 },
    yAxis: { type: 'value', name: 'distortion (share of signal energy)', min: 0, nameTextStyle: { align: 'left' } },
    series: shown.map((method) => {
      const [color, width, type] = STYLES[method];
      const data = frontier(all[method])
        .map(({ tokensPerFrame, nmse }) => [tokensPerFrame, nmse])
        .reverse();
      return {
        name: method,
        type: 'line',
        data,
        symbolSize: 5,
        itemStyle: { color },
        lineStyle: { color, width, type },
      };
    }),
  };
}

function bars({ method, classes }) {
  const kinds = Object.keys(classes);
  const rivals = Object.keys(STYLES).filter((rival) => kinds.some((kind) => classes[kind].bdRate[rival]));
  return {
    title: { text: `Tokens saved by ${method} at equal feature distortion, percent`, left: 16, top: 8 },
    legend: { data: rivals, top: 40, left: 16, ...LEGEND },
    grid: { left: 56, right: 24, top: 84, bottom: 40 },
    xAxis: { type: 'category', data: kinds },
    yAxis: { type: 'value', max: 100 },
    series: rivals.map((rival) => ({
      name: rival,
      type: 'bar',
      itemStyle: { color: STYLES[rival][0] },
      data: kinds.map((kind) => Math.round(classes[kind].bdRate[rival]?.mean ?? NaN)),
    })),
  };
}

/** Further up and further left is better. */
function recallOverFalseTokens(clips, { events }) {
  const shown = clips.filter((clip) => clip.nuisance);
  const falseTokens = (method) => {
    const counts = shown.flatMap(({ nuisance }) => nuisance[method].flatMap(({ tokens }) => tokens ?? []));
    return counts.reduce((sum, count) => sum + count, 0) / counts.length;
  };
  return {
    title: { text: 'Events of side ≥ 2 seen within a second, at equal tokens a frame', left: 16, top: 8 },
    grid: { left: 64, right: 120, top: 56, bottom: 56 },
    xAxis: {
      type: 'log',
      name: '1 + false tokens a minute, mean over nuisances and pictures',
      nameLocation: 'middle',
      nameGap: 30,
    },
    yAxis: { type: 'value', name: 'percent', min: 0, max: 100 },
    series: Object.entries(events).map(([method, { aimed }]) => ({
      name: method,
      type: 'scatter',
      data: [[1 + falseTokens(method), 100 * aimed.recall]],
      itemStyle: { color: STYLES[method]?.[0] ?? '#495057' },
      label: { show: true, position: 'right', formatter: method },
      labelLayout: { moveOverlap: 'shiftY' },
    })),
  };
}
