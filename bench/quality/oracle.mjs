import { lowerHull } from './convex-hull.mjs';
import { poolFrames } from './pooled-frames.mjs';
import { uniformRun } from './uniform-run.mjs';
import { randomNumbers, shuffled } from './random.mjs';

/** The default ladder: M3's below the full grid, the scales that a policy may choose from. */
export const LADDER = [1, 9, 36, 144];

/**
 * The best choice of scales that knows the whole clip.
 * @typedef {import('./receiver.mjs').Run & { bound: number }} OracleRun `bound`: no choice of scales within the budget has
 *   a smaller Σ‖X_t − X̂_t‖² than this; the run's own lies above it, since tokens come in lumps.
 */

/**
 * D*(B) where every frame is rebuilt from its own tokens alone: a Lagrangian over each frame's convex hull of
 * (scale, ‖X − Π_s X‖²), filled up greedily with the steps that save the most error a token and still fit
 * (Shoham and Gersho 1988; the multiple-choice knapsack's relaxation).
 * @param {import('./pooled-frames.mjs').Clip} clip
 * @param {number} tokensPerFrame the budget B, at least the coarsest scale
 * @param {readonly number[]} [ladder] scales to choose from, coarsest first
 * @returns {OracleRun}
 */
export function memorylessOracle(clip, tokensPerFrame, ladder = LADDER) {
  const frames = clip.frames.length;
  const { energies } = poolFrames(clip.frames, clip, clip.gridSide ** 2);
  const hulls = Array.from(energies, (energy, t) =>
    lowerHull(ladder.map((scale) => scalePoint(clip, scale, energy, t))),
  );
  const chosen = hulls.map((hull) => hull[0]);
  let room = wholeBudget(tokensPerFrame, frames) - sum(chosen.map(({ tokens }) => tokens));
  if (room < 0) throw tooSmall(clip, tokensPerFrame, ladder);
  let bound;
  for (const { t, from, to, slope } of steps(hulls)) {
    if (to.tokens - from.tokens <= room && chosen[t] === from) {
      chosen[t] = to;
      room -= to.tokens - from.tokens;
    } else bound ??= sum(chosen.map(({ error }) => error)) - slope * room;
  }
  const tokens = Float64Array.from(chosen, (point) => point.tokens);
  const errors = Float64Array.from(chosen, (point) => point.error);
  return { tokens, errors, energies, bound: bound ?? sum(errors) };
}

function scalePoint(clip, tokens, energy, t) {
  return { tokens, error: Math.max(0, energy - poolFrames(clip.frames, clip, tokens).energies[t]) };
}

/** Every step along every frame's hull, the one that saves the most error a token first. */
function steps(hulls) {
  const all = hulls.flatMap((hull, t) =>
    hull
      .slice(1)
      .map((to, i) => ({ t, from: hull[i], to, slope: (hull[i].error - to.error) / (to.tokens - hull[i].tokens) })),
  );
  return all.sort((a, b) => b.slope - a.slope);
}

/** Tokens of the whole clip, so that a run fits the budget that is its own mean in spite of rounding. */
export function wholeBudget(tokensPerFrame, frames) {
  return Math.floor(tokensPerFrame * frames + 1e-6);
}

/** The error of a budget that no plan can meet. */
export function tooSmall(clip, tokensPerFrame, ladder) {
  return new RangeError(
    `${tokensPerFrame} tokens a frame are not enough for ${clip.name}: every frame costs ${ladder[0]} or more. Raise the budget.`,
  );
}

/**
 * The share of what an oracle gains over uniform scales that a policy gains: 0 is no better than uniform, 1 the oracle.
 * All at the same tokens per frame, all Σ‖X − X̂‖² or all nmse, all with the same receiver.
 * @param {number} uniform distortion of uniform scales
 * @param {number} policy distortion of the policy
 * @param {number} best distortion of the oracle; with its `bound` instead of its run the share is never too high
 * @returns {number | undefined} `undefined` where the oracle gains nothing
 */
export function oracleGap(uniform, policy, best) {
  return uniform > best ? (uniform - policy) / (uniform - best) : undefined;
}

/**
 * A policy's own scales in random order, with the receiver that keeps older detail: what is left of its gain when the
 * *when* is taken away. The first frame keeps its scale: every policy sends it at the ceiling, and a shuffle that moved
 * it would lose for that reason alone.
 * @param {import('./pooled-frames.mjs').Clip} clip
 * @param {ArrayLike<number>} tokens scale of each frame, from `ladder`
 * @param {number} seed
 * @param {readonly number[]} [ladder]
 * @returns {import('./receiver.mjs').Run}
 */
export function shuffledSelf(clip, tokens, seed, ladder = LADDER) {
  const [first, ...later] = Array.from(tokens);
  return uniformRun(clip, [first, ...shuffled(later, randomNumbers(seed))], ladder);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
