import { bootstrapMean } from '../bootstrap.mjs';
import { mean } from '../mean.mjs';
import { interval, markdown, percent } from './markdown.mjs';

/** Classes and rivals in the order of the page. */
const CLASSES = ['static camera', 'screen', 'person / traffic', 'edited film', 'hand-held'];
const RIVALS = [
  ...['every-kth-144', 'dtd', 'dtd-otsu', 'evs-causal', 'evs-offline'],
  ...['keyframes', 'downsampling', 'cls-3x3', 'random'],
];
/** Those that a clip or a half has a column for. */
const MAIN = ['every-kth-144', 'dtd', 'dtd-otsu', 'evs-causal', 'keyframes', 'downsampling'];
/** Those that a policy is compared by. */
const FEW = ['every-kth-144', 'dtd'];

/**
 * A run of `bench:quality` and the name of the encoder that selected in it.
 * @typedef {{ encoder: string, result: { clips: object[], summary: object, seed: number } }} Run
 */

/**
 * The tables of tokens saved, each by the name of its place in docs/quality.md.
 * @param {readonly Run[]} runs over the same clips
 * @param {Record<string, 'A' | 'B'>} halves of the clips
 * @returns {Record<string, string>}
 */
export function savingTables(runs, halves) {
  return {
    classes: byClass(runs, 'bdRate', RIVALS),
    halves: byHalf(runs, halves),
    'held-out': heldOut(runs, halves),
    clips: byClip(runs, halves),
    policies: byPolicy(runs),
    'second-encoder': byClass(runs, 'secondEncoder', RIVALS),
  };
}

/** A row for each rival and encoder. */
function perEncoder(runs, rivals, cells) {
  return rivals.flatMap((rival) => runs.map(({ encoder, result }) => [rival, encoder, ...cells(result, rival)]));
}

function byClass(runs, field, rivals) {
  const known = rivals.filter((rival) =>
    runs.some(({ result }) => Object.values(result.summary.classes).some((kind) => kind[field]?.[rival])),
  );
  const rows = perEncoder(runs, known, ({ summary }, rival) =>
    CLASSES.map((kind) => interval(summary.classes[kind]?.[field]?.[rival])),
  );
  return markdown(['against', 'encoder', ...CLASSES], rows);
}

function meanOver(result, rival, chosen) {
  const values = result.clips.filter(chosen).map(({ bdRate }) => bdRate[rival]);
  return interval(
    bootstrapMean(
      values.filter((value) => Number.isFinite(value)),
      { seed: result.seed },
    ),
  );
}

function byHalf(runs, halves) {
  const rows = perEncoder(runs, MAIN, (result, rival) =>
    ['A', 'B'].map((half) => meanOver(result, rival, ({ name }) => halves[name] === half)),
  );
  return markdown(['against', 'encoder', 'A (chosen on)', 'B (no say)'], rows);
}

/** The class table of the clips that had no say. */
function heldOut(runs, halves) {
  const rows = perEncoder(runs, MAIN, (result, rival) =>
    CLASSES.map((kind) => meanOver(result, rival, (clip) => halves[clip.name] === 'B' && clip.class === kind)),
  );
  return markdown(['against', 'encoder', ...CLASSES], rows);
}

/** The encoders' figures in one cell. */
function sideBySide(runs, figure) {
  return runs.map(({ result }) => percent(figure(result))).join(' / ');
}

function byClip(runs, halves) {
  const rows = runs[0].result.clips.map(({ name, frames }, i) => [
    name,
    halves[name],
    frames,
    ...MAIN.map((rival) => sideBySide(runs, ({ clips }) => clips[i].bdRate[rival])),
  ]);
  return markdown(['clip', 'half', 'frames', ...MAIN], rows);
}

function byPolicy(runs) {
  const saved = ({ clips }, policy, rival) =>
    mean(clips.map(({ bdRateOf }) => bdRateOf[policy]?.[rival]).filter((value) => Number.isFinite(value)));
  const rows = Object.keys(runs[0].result.clips[0].bdRateOf).map((policy) => [
    `\`${policy}\``,
    ...FEW.map((rival) => sideBySide(runs, (result) => saved(result, policy, rival))),
  ]);
  return markdown(['policy', ...FEW], rows);
}
