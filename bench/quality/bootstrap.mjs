import { quantile } from './quantile.mjs';
import { randomNumbers } from './random.mjs';

/**
 * 95 % interval of a mean over clips by the percentile bootstrap (Efron and Tibshirani 1993, section 13.3). Clips are
 * drawn, not frames: the frames of a clip are not independent.
 * @param {readonly number[]} values one a clip
 * @param {{ resamples?: number, seed?: number }} [options]
 * @returns {{ mean: number, low: number, high: number, clips: number } | undefined} `undefined` where there is no clip;
 *   with one clip the interval has no width and says nothing
 */
export function bootstrapMean(values, { resamples = 2000, seed = 1 } = {}) {
  const clips = values.length;
  if (clips === 0) return undefined;
  const next = randomNumbers(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < clips; i++) sum += values[Math.floor(next() * clips)];
    return sum / clips;
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / clips;
  return { mean, low: quantile(means, 0.025), high: quantile(means, 0.975), clips };
}
