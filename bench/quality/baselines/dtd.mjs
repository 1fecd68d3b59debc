import { KEPT_SHARES, droppingMethod } from '../method.mjs';
import { flagsWhere, keepBy, previousCosines } from '../similarity.mjs';

/**
 * Differential token drop of TimeChat-Online (arXiv 2504.17343, section 3.2): a token goes out where its cosine with the
 * same position of the previous dense frame is below a threshold; the first frame is whole.
 * Adapted: 144 tokens of our encoder instead of projected ones, and a threshold for each clip, since the published ones
 * (0.25, 0.5) belong to another encoder's features. The knob is the share of tokens kept that the threshold is
 * calibrated to: it sees the whole clip, which is kinder than one threshold for all.
 */
export const dtd = droppingMethod('dtd', KEPT_SHARES, (clip, share) => dropSimilar(clip, calibrate(clip, share)));

/**
 * The rule for one threshold.
 * @param {number} threshold cosine; a token at or above it is dropped
 * @returns {import('../similarity.mjs').SimilarityRule}
 */
export const belowCosine = (threshold) => () => (cosines) => flagsWhere(cosines, (cosine) => cosine < threshold);

/**
 * What the rule sends of a clip at a given threshold.
 * @param {import('../pooled-frames.mjs').Clip} clip
 * @param {number} threshold cosine; a token at or above it is dropped
 * @returns {import('../receiver.mjs').Sent} of 144 tokens
 */
export function dropSimilar(clip, threshold) {
  return keepBy(previousCosines(clip, 0), belowCosine(threshold));
}

/** The cosine below which the share of the clip's cosines lies. */
function calibrate(clip, share) {
  if (share >= 1) return Infinity;
  const sorted = Float64Array.from(previousCosines(clip, 0).flatMap((frame) => [...frame])).sort();
  return sorted[Math.floor(share * sorted.length)] ?? Infinity;
}
