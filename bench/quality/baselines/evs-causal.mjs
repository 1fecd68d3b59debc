import { droppingMethod } from '../method.mjs';
import { flagsWhere, keepBy, previousCosines } from '../similarity.mjs';
import { PRUNED_SHARES } from './evs-offline.mjs';

/**
 * Efficient video sampling (arXiv 2510.14624) for a stream: a token goes out where its 1 − cosine to the same position of
 * the previous dense frame is above the q-quantile of all distances so far, those of its own frame among them; the first
 * frame is whole. The paper's rule needs the end of the clip; this is our causal reading of it. The knob is q.
 */
export const evsCausal = droppingMethod('evs-causal', PRUNED_SHARES, (clip, q) =>
  keepBy(previousCosines(clip, 0), aboveQuantile(q)),
);

/**
 * The rule for one pruning rate: above the ⌈q·n⌉-th smallest of the n distances so far. It remembers all of them.
 * @param {number} q 0 … 1; 0 keeps everything
 * @returns {import('../similarity.mjs').SimilarityRule}
 */
export function aboveQuantile(q) {
  return () => {
    let sorted = new Float64Array(0);
    return (cosines) => {
      sorted = merged(sorted, cosines.map((cosine) => 1 - cosine).sort());
      const threshold = sorted[Math.ceil(q * sorted.length) - 1] ?? -Infinity;
      return flagsWhere(cosines, (cosine) => 1 - cosine > threshold);
    };
  };
}

/** Two sorted lists as one. */
function merged(a, b) {
  const out = new Float64Array(a.length + b.length);
  let [i, k] = [0, 0];
  for (let to = 0; to < out.length; to++) out[to] = k === b.length || a[i] <= b[k] ? a[i++] : b[k++];
  return out;
}
