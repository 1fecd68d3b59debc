import { droppingMethod } from '../method.mjs';
import { otsuThreshold } from '../otsu.mjs';
import { flagsWhere, keepBy, previousCosines } from '../similarity.mjs';

export const MULTIPLIERS = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4, 8, 16];

/** Cosine above which a token is dropped whatever Otsu says: FluxMem's constant, and none. */
export const CERTAIN = [0.8, Infinity];

const SETTINGS = CERTAIN.flatMap((certain) => MULTIPLIERS.map((multiplier) => ({ certain, multiplier })));

/**
 * Temporal adjacency selection of FluxMem (arXiv 2603.02096): the distance of a token is the least 1 − cosine to the 3×3
 * positions around it in the previous dense frame; it goes out at or above Otsu's threshold of its frame, but not where
 * the cosine is above 0.8. Adapted: only the previous frame is asked, since in a live stream the next one is not there
 * yet; the first frame is whole. Otsu has one operating point; to have a curve, its threshold is multiplied, with and
 * without the constant, which belongs to another encoder's features but keeps still frames from being halved by the
 * median. The knob is the index of a setting: all are one curve, of which the comparison takes the frontier.
 */
export const dtdOtsu = droppingMethod('dtd-otsu', [...SETTINGS.keys()], (clip, knob) =>
  keepBy(previousCosines(clip, 1), aboveOtsu(SETTINGS[knob])),
);

/**
 * The rule for one setting.
 * @param {object} setting
 * @param {number} setting.multiplier of Otsu's threshold, ≥ 0; 1 is FluxMem's
 * @param {number} setting.certain cosine above which a token is dropped whatever Otsu says
 * @returns {import('../similarity.mjs').SimilarityRule} on cosines of reach 1
 */
export function aboveOtsu({ multiplier, certain }) {
  return () => (cosines) => {
    const threshold = multiplier * otsuThreshold(cosines.map((cosine) => 1 - cosine));
    // Rounding puts the cosine of a vector with itself a little above 1.
    return flagsWhere(cosines, (cosine) => cosine <= certain && Math.max(0, 1 - cosine) >= threshold);
  };
}
