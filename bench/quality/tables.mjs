import Table from 'cli-table3';
import { reactionTables } from './reaction-tables.mjs';

const plain = { style: { head: [], border: [] } };
const percent = (value) => (Number.isFinite(value) ? `${value.toFixed(0)} %` : '–');

/**
 * The summary as text: tokens saved per class and baseline, per clip, and what the other metrics say.
 * @param {{ clips: object[], summary: ReturnType<typeof import('./summary.mjs').summarise> }} result
 */
export function tables({ clips, summary }) {
  return [
    `Tokens saved by ${summary.method} at equal feature distortion (mean over clips, 95 % interval)`,
    byClass(summary, 'bdRate'),
    ...(Object.values(summary.classes).some((kind) => kind.secondEncoder)
      ? ['The same, scored in the second encoder (Q3)', byClass(summary, 'secondEncoder')]
      : []),
    'Each clip',
    byClip(clips),
    ...(Object.keys(summary.oracleGapClosed).length > 0 ? ['Oracle gap closed (Q2)', gaps(summary)] : []),
    ...(clips.some((clip) => clip.retrieval)
      ? ['Held-out frames that find a neighbour within a second, at about 16 tokens a frame (Q3)', recalls(clips)]
      : []),
    ...reactionTables({ clips, summary }),
    'The gate against the feature rule',
    gates(clips),
    'Cost at about 16 tokens a frame (Q5)',
    costs(clips),
  ].join('\n');
}

function byClass({ classes }, field) {
  const kinds = Object.keys(classes);
  const rivals = [...new Set(kinds.flatMap((kind) => Object.keys(classes[kind][field] ?? {})))];
  const table = new Table({ head: ['against', ...kinds.map((kind) => `${kind} (${classes[kind].clips})`)], ...plain });
  for (const rival of rivals) {
    table.push([rival, ...kinds.map((kind) => interval(classes[kind][field]?.[rival]))]);
  }
  return table.toString();
}

function interval(value) {
  if (!value) return '–';
  const width = value.clips > 1 ? ` (${value.low.toFixed(0)} … ${value.high.toFixed(0)})` : '';
  return `${percent(value.mean)}${width}`;
}

function byClip(clips) {
  const rivals = [...new Set(clips.flatMap((clip) => Object.keys(clip.bdRate)))];
  const table = new Table({ head: ['clip', 'class', 'frames', ...rivals], ...plain });
  for (const clip of clips) {
    table.push([clip.name, clip.class, clip.frames, ...rivals.map((rival) => percent(clip.bdRate[rival]))]);
  }
  return table.toString();
}

function gaps({ oracleGapClosed, shuffledGapClosed }) {
  const table = new Table({ head: ['policy', 'closed', 'its scales shuffled in time'], ...plain });
  const share = (value) =>
    interval(value && { ...value, mean: 100 * value.mean, low: 100 * value.low, high: 100 * value.high });
  for (const name of Object.keys(oracleGapClosed)) {
    table.push([name, share(oracleGapClosed[name]), share(shuffledGapClosed[name])]);
  }
  return table.toString();
}

function recalls(clips) {
  const some = clips.filter((clip) => clip.retrieval);
  const names = Object.keys(some[0].retrieval);
  const table = new Table({ head: ['clip', ...names], ...plain });
  for (const { name, retrieval } of some) {
    table.push([name, ...names.map((method) => percent(100 * retrieval[method]))]);
  }
  return table.toString();
}

function gates(clips) {
  const head = ['clip', 'encoder runs skipped', 'missed', 'false runs', 'tokens/frame', 'without the gate'];
  const table = new Table({ head, ...plain });
  const share = (value) => percent(100 * (value ?? NaN));
  for (const { name, gate } of clips) {
    table.push([
      name,
      share(gate.skipped),
      share(gate.missed),
      share(gate.falseRuns),
      gate.tokens.toFixed(1),
      gate.ungatedTokens.toFixed(1),
    ]);
  }
  return table.toString();
}

function costs(clips) {
  const head = [
    'clip',
    'tokens/frame',
    'tokens/s',
    'p99 of 1 s',
    'kB/s',
    'encoder runs skipped',
    'select ms p50 / p95 / p99',
  ];
  const table = new Table({ head, ...plain });
  for (const { name, cost } of clips) {
    const { p50, p95, p99 } = cost.selectMs;
    table.push([
      name,
      cost.tokensPerFrame.toFixed(1),
      cost.tokensPerSecond.toFixed(0),
      cost.tokensPerSecondP99.toFixed(0),
      (cost.bytesPerSecond / 1000).toFixed(0),
      percent(100 * cost.encoderRunsSkipped),
      `${p50.toFixed(2)} / ${p95.toFixed(2)} / ${p99.toFixed(2)}`,
    ]);
  }
  return table.toString();
}
