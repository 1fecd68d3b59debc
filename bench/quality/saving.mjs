import { bdRate, frontier } from './bd-rate.mjs';

/**
 * Percent of tokens saved at equal distortion; see {@link bdRate}. Where one curve lies wholly below the other, what is
 * saved at the nearest point that both have an answer for, at least.
 * @param {readonly import('./rate-distortion.mjs').RatePoint[]} ours
 * @param {readonly import('./rate-distortion.mjs').RatePoint[]} theirs
 * @returns {number | null} `null` where the curves cannot be compared
 */
export function saving(ours, theirs) {
  const { percent, dominated } = bdRate(ours, theirs);
  if (percent !== undefined) return percent;
  const [a, b] = [frontier(ours), frontier(theirs)];
  if (dominated === 'theirs') return 100 * (1 - a.at(-1).tokensPerFrame / b[0].tokensPerFrame);
  if (dominated === 'ours') return 100 * (1 - a[0].tokensPerFrame / b.at(-1).tokensPerFrame);
  return null;
}
