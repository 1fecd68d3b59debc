import { droppingMethod } from '../method.mjs';
import { previousCosines } from '../similarity.mjs';

/** Pruning rates of both forms of EVS. */
export const PRUNED_SHARES = [0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96, 0.98, 0.99, 0.995, 1];

/**
 * Efficient video sampling (arXiv 2510.14624) as vLLM has it: of all tokens of the clip the K = max(n, ⌊T·n·(1 − q)⌋)
 * with the largest 1 − cosine to the same position of the previous dense frame; the first frame is whole; of equals the
 * earlier. It needs the whole clip before it sends the first token. Adapted: 144 tokens of our encoder. The knob is q.
 */
export const evsOffline = droppingMethod('evs-offline', PRUNED_SHARES, (clip, q) => {
  const cosines = previousCosines(clip, 0);
  const all = Float64Array.from(cosines.flatMap((frame) => [...frame]));
  const room = Math.max(144, Math.floor((all.length + 144) * (1 - q))) - 144;
  const order = Uint32Array.from(all.keys()).sort((a, b) => all[a] - all[b] || a - b);
  const kept = new Uint8Array(all.length);
  for (let rank = 0; rank < room; rank++) kept[order[rank]] = 1;
  return [new Uint8Array(144).fill(1), ...cosines.map((_, t) => kept.subarray(t * 144, (t + 1) * 144))];
});
