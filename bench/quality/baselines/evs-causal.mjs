import { droppingMethod } from '../method.mjs';
import { keepWhere, previousCosines } from '../similarity.mjs';
import { PRUNED_SHARES } from './evs-offline.mjs';

/**
 * Efficient video sampling (arXiv 2510.14624) for a stream: a token goes out where its 1 − cosine to the same position of
 * the previous dense frame is above the q-quantile of all distances so far, those of its own frame among them; the first
 * frame is whole. The paper's rule needs the end of the clip; this is our causal reading of it. The knob is q.
 */
export const evsCausal = droppingMethod('evs-causal', PRUNED_SHARES, (clip, q) => {
  const cosines = previousCosines(clip, 0);
  const thresholds = runningQuantiles(cosines, q);
  return keepWhere(cosines, (cosine, index) => 1 - cosine > thresholds[Math.floor(index / 144)]);
});

/** For each frame the ⌈q·n⌉-th smallest of the n distances up to it; −∞ where q is 0. */
function runningQuantiles(cosines, q) {
  const sorted = new Float64Array(cosines.length * 144);
  return cosines.map((frame, t) => {
    mergeInto(sorted, t * 144, frame.map((cosine) => 1 - cosine).sort());
    return sorted[Math.ceil(q * (t + 1) * 144) - 1] ?? -Infinity;
  });
}

/** Merges a sorted list into the sorted first `length` values, from the back, where there is room. */
function mergeInto(sorted, length, added) {
  let [old, fresh] = [length - 1, added.length - 1];
  for (let to = length + added.length - 1; fresh >= 0; to--) {
    sorted[to] = old >= 0 && sorted[old] > added[fresh] ? sorted[old--] : added[fresh--];
  }
}
