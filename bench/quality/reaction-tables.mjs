import Table from 'cli-table3';
import { quantile } from './quantile.mjs';

const plain = { style: { head: [], border: [] } };
const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : '–');
const seconds = (value) => value?.toFixed(2) ?? '–';

/**
 * Metric Q4 as text: a row a method.
 * @param {{ clips: object[], summary: ReturnType<typeof import('./summary.mjs').summarise> }} result
 * @returns {string[]} titles and tables
 */
export function reactionTables({ clips, summary }) {
  const shown = clips.filter((clip) => clip.nuisance);
  return [
    'Events seen within a second, all clips, by side of the patch in cells; each method at the tokens a frame that fidelity spends at its default price, or the nearest that it can above (Q4)',
    recallTable(summary.events),
    'Events of side ≥ 2 seen within a second, each clip, and tokens a frame (Q4)',
    clipTable(clips),
    ...(shown.length > 0
      ? [
          `False tokens a minute above the floor, ${shown.length} static pictures with nuisance only: median and worst (Q4)`,
          nuisanceTable(shown.map(({ nuisance }) => nuisance)),
        ]
      : []),
    ...(summary.slow
      ? [
          'Slow changes: most and last of what the receiver lags behind, and tokens a frame (Q4)',
          slowTable(summary.slow),
        ]
      : []),
  ];
}

function recallTable(events) {
  const sides = Object.keys(Object.values(events)[0].sides);
  const head = [
    'method',
    'tokens/frame',
    'with events',
    ...sides.map((side) => `${side}×${side}`),
    'all ≥ 2',
    'seconds p50 / p95',
  ];
  const table = new Table({ head, ...plain });
  for (const [name, { tokensPerFrame, tokensPerFrameWithEvents, sides: of, aimed }] of Object.entries(events)) {
    table.push([
      name,
      tokensPerFrame.toFixed(1),
      tokensPerFrameWithEvents.toFixed(1),
      ...sides.map((side) => percent(of[side].recall)),
      `${percent(aimed.recall)} of ${aimed.events}`,
      `${seconds(aimed.latencyP50)} / ${seconds(aimed.latencyP95)}`,
    ]);
  }
  return table.toString();
}

function clipTable(clips) {
  const methods = Object.keys(clips[0].events);
  const table = new Table({ head: ['clip', ...methods], ...plain });
  for (const { name, events } of clips) {
    table.push([
      name,
      ...methods.map((method) => `${percent(largeOnes(events[method]))} (${events[method].tokensPerFrame.toFixed(1)})`),
    ]);
  }
  return table.toString();
}

/** Share seen of the patches of side 2 and more. */
function largeOnes({ sides }) {
  const all = Object.entries(sides).flatMap(([side, { latencies }]) => (side >= 2 ? latencies : []));
  return all.filter((latency) => latency !== null).length / all.length;
}

function nuisanceTable(pictures) {
  const [first] = pictures;
  const names = Object.values(first)[0].map(({ name }) => name);
  const table = new Table({ head: ['method', ...names], ...plain });
  for (const method of Object.keys(first)) {
    const cell = (i) => {
      const counts = pictures.map((nuisance) => nuisance[method][i].tokens);
      if (counts.includes(undefined)) return '–';
      return `${quantile(counts, 0.5).toFixed(0)}, ${Math.max(...counts).toFixed(0)}`;
    };
    table.push([method, ...names.map((_, i) => cell(i))]);
  }
  return table.toString();
}

function slowTable(methods) {
  const changes = Object.keys(Object.values(methods)[0]);
  const table = new Table({ head: ['method', ...changes], ...plain });
  for (const [name, lags] of Object.entries(methods)) {
    const cell = ({ most, last, tokens }) => `${percent(most)}, ${percent(last)} (${tokens.toFixed(1)})`;
    table.push([name, ...changes.map((change) => cell(lags[change]))]);
  }
  return table.toString();
}
