import { mean } from './mean.mjs';
import { quantile } from './quantile.mjs';

/**
 * One point of a rate–distortion curve (metric Q1).
 * @typedef {object} RatePoint
 * @property {number} tokensPerFrame Mean over all frames, first frames and cuts counted.
 * @property {number} nmse Σ‖X_t − X̂_t‖² / Σ‖X_t‖²; features are centred, so 1 is as bad as knowing nothing but the mean.
 * @property {number} p95 95th percentile over frames of ‖X_t − X̂_t‖² over the *clip's* mean ‖X_t‖²: on the scale of
 *   `nmse`, and not blown up by frames that are next to empty.
 */

/**
 * @param {import('./receiver.mjs').Run} run of at least one frame
 * @returns {RatePoint}
 */
export function ratePoint({ tokens, errors, energies }) {
  const energy = mean(energies);
  return { tokensPerFrame: mean(tokens), nmse: mean(errors) / energy, p95: quantile(errors, 0.95) / energy };
}
