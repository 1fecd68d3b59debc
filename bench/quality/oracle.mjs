import { uniformRun } from './uniform-run.mjs';
import { randomNumbers, shuffled } from './random.mjs';

/** The default ladder: M3's below the full grid, the scales that a policy may choose from. */
export const LADDER = [1, 9, 36, 144];

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
