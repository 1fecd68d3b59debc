import { TokenSelector, fidelitySpending, makeLadder } from 'framenest';
import { baselines } from './baselines/index.mjs';
import { bootstrapMean } from './bootstrap.mjs';
import { climb } from './climb.mjs';
import { mean } from './mean.mjs';
import { FULL, policies } from './policies.mjs';
import { ratePoint } from './rate-distortion.mjs';
import { replay } from './replay.mjs';
import { runSelectors } from './run-selectors.mjs';
import { saving } from './saving.mjs';

/** What is tuned: every constant that Q1 of `fidelity-576` depends on, from a little to a lot of what it could be. */
export const GRID = {
  slope: [0.125, 0.25, 0.5, 1],
  cap: [8, 16, 32, 64],
  first: [1, 2, 4, 8],
  changed: [0.2, 0.35, 0.5, 0.7],
  blend: [0.05, 0.1, 0.2, 0.4],
  patchNoise: [0, 0.3, 0.6, 1],
  patchFirst: [0, 0.1, 0.3, 1],
};

/** Whom it is tuned against. */
const RIVALS = baselines.filter(({ name }) => name === 'every-kth-144' || name === 'dtd');

/** Prices that a figure is reported with, and every other one, which is enough to compare constants by. */
export const PRICES = policies[0].knobs;
export const SOME_PRICES = PRICES.filter((_, i) => i % 2 === 1);

/**
 * The first frames of a clip.
 * @param {import('./load-clip.mjs').LoadedClip} clip
 * @param {number} most
 * @returns {import('./load-clip.mjs').LoadedClip} without `small`
 */
export function startOf(clip, most) {
  const { frames, rgb, timesS, sceneScores } = clip;
  const first = (values) => values.slice(0, most);
  return {
    ...clip,
    frames: first(frames),
    rgb: first(rgb),
    timesS: first(timesS),
    sceneScores: first(sceneScores),
    small: {},
  };
}

/**
 * Runs the selector, not the encoder; each point once.
 * @typedef {(constants: import('./climb.mjs').Point) => number} SavingOf
 */

/**
 * Says what constants save on a clip: percent of tokens at equal distortion, the mean against every k-th frame and DTD. A rival
 * that cannot be compared with counts as nothing saved, else constants could win by getting out of its reach.
 * @param {import('./load-clip.mjs').LoadedClip} clip
 * @param {readonly number[]} prices
 * @returns {SavingOf}
 */
export function savingOn(clip, prices) {
  const rivals = RIVALS.map(({ knobs, run }) => knobs.map((knob) => ratePoint(run(clip, knob))));
  const known = new Map();
  return (constants) => {
    const key = JSON.stringify(constants);
    if (!known.has(key)) {
      const ours = curveOf(clip, constants, prices);
      known.set(key, mean(rivals.map((theirs) => saving(ours, theirs) ?? 0)));
    }
    return known.get(key);
  };
}

/** The curve of `fidelity-576` with these constants; the prices side by side, since making a frame raw costs as much as choosing. */
function curveOf(clip, constants, prices) {
  const ladder = makeLadder(clip.gridSide, FULL);
  const selectors = prices.map(
    (price) => new TokenSelector(ladder, clip.channels, 'tree', fidelitySpending(price), undefined, constants),
  );
  const sent = prices.map(() => []);
  runSelectors(clip, ladder, selectors, { gated: true }, (i, frame) => sent[i].push(frame));
  return sent.map((frames) => ratePoint(replay(clip, ladder, frames)));
}

/**
 * A clip as the tuner sees it.
 * @typedef {object} TunedClip
 * @property {string} name
 * @property {'A' | 'B'} half
 * @property {SavingOf} tuning what is tuned by
 * @property {SavingOf} report what is reported
 */

/**
 * Tunes on each half and looks at the other.
 * @param {readonly TunedClip[]} clips of both halves
 * @param {import('./climb.mjs').Point} shipped
 * @param {{ grid?: typeof GRID, seed?: number, onPoint?: (half: string, figure: number) => void }} [options]
 */
export function tuneHalves(clips, shipped, { grid = GRID, seed = 1, onPoint = () => undefined } = {}) {
  const halves = { A: clips.filter(({ half }) => half === 'A'), B: clips.filter(({ half }) => half === 'B') };
  const figure = (constants, half, kind) => mean(halves[half].map((clip) => clip[kind](constants)));
  const tuned = (half) =>
    climb(grid, (point) => {
      const value = figure(point, half, 'tuning');
      onPoint(half, value);
      return value;
    });
  const chosen = { A: tuned('A'), B: tuned('B') };
  const row = (constants) => {
    const [A, B] = ['A', 'B'].map((half) => figure(constants, half, 'report'));
    return { constants, A, B, tuning: { A: figure(constants, 'A', 'tuning'), B: figure(constants, 'B', 'tuning') } };
  };
  const gains = (own) =>
    halves[own === 'A' ? 'B' : 'A'].map(({ report }) => report(chosen[own].point) - report(shipped));
  return {
    rows: { shipped: row(shipped), 'chosen on A': row(chosen.A.point), 'chosen on B': row(chosen.B.point) },
    /** What the chosen constants save more than the shipped ones, on clips that they were not chosen on. */
    gain: {
      A: bootstrapMean(gains('A'), { seed }),
      B: bootstrapMean(gains('B'), { seed }),
      both: bootstrapMean([...gains('A'), ...gains('B')], { seed }),
    },
    /** Around what a half chose, as it was tuned; around what ships, as it is reported, on the half that it was chosen on. */
    byValue: {
      A: oneByOne(grid, chosen.A.point, (point) => figure(point, 'A', 'tuning')),
      B: oneByOne(grid, chosen.B.point, (point) => figure(point, 'B', 'tuning')),
      shipped: oneByOne(grid, shipped, (point) => figure(point, 'A', 'report')),
    },
    tried: { A: chosen.A.tried, B: chosen.B.tried },
    clips: clips.map(({ name, half, report }) => ({
      name,
      half,
      shipped: report(shipped),
      chosenOnA: report(chosen.A.point),
      chosenOnB: report(chosen.B.point),
    })),
  };
}

/** What each constant does to a figure, the others as in a point. */
function oneByOne(grid, point, figure) {
  return Object.fromEntries(
    Object.entries(grid).map(([name, values]) => [name, values.map((value) => figure({ ...point, [name]: value }))]),
  );
}
