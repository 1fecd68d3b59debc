import { mean } from '../mean.mjs';
import { quantile } from '../quantile.mjs';
import { interval, markdown, percent } from './markdown.mjs';

const share = (value, digits) => percent(100 * value, digits);

/**
 * The tables of all that is no saving, each by the name of its place in docs/quality.md.
 * @param {readonly import('./savings.mjs').Run[]} runs over the same clips; some tables are of the first alone
 * @returns {Record<string, string>}
 */
export function reactionTables(runs) {
  const [{ result: first }] = runs;
  const events = runs.map(({ result }, i) => [`events-${i + 1}`, eventTable(result.summary.events)]);
  return {
    oracle: oracleTable(runs),
    retrieval: retrievalTable(runs),
    ...Object.fromEntries(events),
    'false-tokens': falseTokens(first.clips),
    nuisance: nuisanceTable(runs),
    slow: slowTable(first.summary.slow),
    gate: gateTable(first.clips),
    cost: costTable(first.clips),
  };
}

function oracleTable(runs) {
  const hundred = (value) =>
    value && { ...value, mean: 100 * value.mean, low: 100 * value.low, high: 100 * value.high };
  const rows = runs.flatMap(({ encoder, result: { summary } }) =>
    Object.keys(summary.oracleGapClosed).map((policy) => [
      policy,
      encoder,
      interval(hundred(summary.oracleGapClosed[policy])),
      interval(hundred(summary.shuffledGapClosed[policy])),
    ]),
  );
  return markdown(['policy', 'encoder', 'closed', 'its own scales shuffled in time'], rows);
}

function retrievalTable(runs) {
  const some = (result) => result.clips.filter(({ retrieval }) => retrieval);
  const methods = Object.keys(some(runs[0].result)[0].retrieval);
  const rows = runs.map(({ encoder, result }) => [
    encoder,
    ...methods.map((method) => share(mean(some(result).map(({ retrieval }) => retrieval[method])))),
  ]);
  return markdown(['encoder', ...methods], rows);
}

function eventTable(events) {
  const sides = Object.keys(Object.values(events)[0].sides);
  const head = [
    'method',
    'tokens a frame',
    'with events',
    ...sides.map((side, i) => (i === 0 ? `side ${side}` : side)),
  ];
  const seconds = (value) => value?.toFixed(2) ?? '–';
  const rows = Object.entries(events).map(
    ([method, { tokensPerFrame, tokensPerFrameWithEvents, sides: of, aimed }]) => [
      `\`${method}\``,
      tokensPerFrame.toFixed(1),
      tokensPerFrameWithEvents.toFixed(1),
      ...sides.map((side) => share(of[side].recall)),
      share(aimed.recall, 1),
      `${seconds(aimed.latencyP50)} / ${seconds(aimed.latencyP95)}`,
    ],
  );
  return markdown([...head, 'all of side ≥ 2', 'seconds p50 / p95'], rows);
}

/** What the still pictures of a run gave with one method and nuisance. */
function counts(clips, method, index) {
  return clips.filter(({ nuisance }) => nuisance).map(({ nuisance }) => nuisance[method][index]);
}

function nuisanceNames(clips) {
  const { nuisance } = clips.find((clip) => clip.nuisance);
  return { methods: Object.keys(nuisance), names: Object.values(nuisance)[0].map(({ name }) => name) };
}

function falseTokens(clips) {
  const { methods, names } = nuisanceNames(clips);
  const rows = methods.map((method) => [
    `\`${method}\``,
    ...names.map((_, i) => {
      const tokens = counts(clips, method, i).map((each) => each.tokens);
      return `${percent(quantile(tokens, 0.5))} / ${percent(Math.max(...tokens))}`;
    }),
  ]);
  return markdown(['method', ...names], rows);
}

/** Tokens a minute that Q4 allows. */
const ALLOWED = 5;

function nuisanceTable(runs) {
  const { names } = nuisanceNames(runs[0].result.clips);
  const rows = runs.flatMap(({ encoder, result: { clips } }) =>
    names.map((name, i) => {
      const all = counts(clips, 'fidelity', i);
      const tokens = all.map((each) => each.tokens);
      const runsOf = Math.max(...all.map((each) => each.runs));
      const quiet = tokens.filter((count) => count <= ALLOWED).length;
      return [
        name,
        encoder,
        percent(quantile(tokens, 0.5)),
        percent(Math.max(...tokens)),
        percent(runsOf),
        `${quiet}/${tokens.length}`,
      ];
    }),
  );
  return markdown(
    ['nuisance', 'encoder', 'median', 'worst', 'encoder runs, worst', `pictures with ≤ ${ALLOWED}`],
    rows,
  );
}

function slowTable(methods) {
  const changes = Object.keys(Object.values(methods)[0]);
  const rows = Object.entries(methods).map(([method, lags]) => [
    `\`${method}\``,
    ...changes.map((change) => {
      const { most, last, tokens } = lags[change];
      return `${share(most)}, ${share(last)} (${tokens.toFixed(1)})`;
    }),
  ]);
  return markdown(['method', ...changes], rows);
}

function gateTable(clips) {
  const rows = clips.map(({ name, gate }) => [
    name,
    share(gate.skipped),
    share(gate.missed),
    share(gate.falseRuns),
    gate.tokens.toFixed(1),
    gate.ungatedTokens.toFixed(1),
  ]);
  return markdown(
    ['clip', 'runs skipped, %', 'missed, %', 'false runs, %', 'tokens a frame', 'without the gate'],
    rows,
  );
}

function costTable(clips) {
  const rows = clips.map(({ name, cost }) => [
    name,
    cost.tokensPerFrame.toFixed(1),
    percent(cost.tokensPerSecond),
    percent(cost.tokensPerSecondP99),
    percent(cost.bytesPerSecond / 1000),
    [cost.selectMs.p50, cost.selectMs.p95, cost.selectMs.p99].map((ms) => ms.toFixed(2)).join(' / '),
  ]);
  return markdown(
    ['clip', 'tokens a frame', 'tokens/s', 'p99 of one second', 'kB/s', 'select ms p50 / p95 / p99'],
    rows,
  );
}
