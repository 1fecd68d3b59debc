const BINS = 128;
const WIDTH = 2 / BINS;

/**
 * Otsu's threshold of cosine distances (Otsu 1979): the bin that parts them into two classes with the largest variance
 * between their means. 128 bins on [0, 2], the centre of the last bin of the lower class, and the lower median where
 * all fall into one bin: as in FluxMem (arXiv 2603.02096, temporal adjacency selection).
 * @param {ArrayLike<number>} distances 0 … 2, at least one; values outside are taken as the nearest bound
 * @returns {number} distances at or above it belong to the upper class
 */
export function otsuThreshold(distances) {
  if (distances.length === 0) throw new RangeError('There is no threshold of no distances. Give at least one.');
  const counts = new Float64Array(BINS);
  for (let i = 0; i < distances.length; i++) {
    counts[Math.min(BINS - 1, Math.max(0, Math.floor(distances[i] / WIDTH)))]++;
  }
  const split = bestSplit(counts, distances.length);
  return split === undefined ? lowerMedian(distances) : (split + 0.5) * WIDTH;
}

/** Last bin of the lower class, or `undefined` where no split leaves something on both sides. */
function bestSplit(counts, total) {
  const moment = counts.reduce((sum, count, bin) => sum + count * bin, 0);
  let [best, most] = [undefined, 0];
  let [lower, lowerMoment] = [0, 0];
  for (let bin = 0; bin < BINS; bin++) {
    lower += counts[bin];
    lowerMoment += counts[bin] * bin;
    const upper = total - lower;
    if (lower === 0 || upper === 0) continue;
    const gap = lowerMoment / lower - (moment - lowerMoment) / upper;
    const between = lower * upper * gap * gap;
    if (between > most) [best, most] = [bin, between];
  }
  return best;
}

function lowerMedian(values) {
  return Float64Array.from(values).sort()[Math.floor((values.length - 1) / 2)];
}
