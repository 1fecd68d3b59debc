import { pool } from 'framenest';

/** Every method wants the same block means of the same frame. */
const kept = new WeakMap();

/**
 * Block means of a patch grid; made once for as long as somebody keeps the features.
 * @param {Float32Array} features `[gridSide², channels]`, read only, never changed later
 * @param {import('./stream.mjs').EncoderFacts} facts
 * @param {number} side divides gridSide
 * @returns {Float32Array} `[side², channels]`, read only; the features themselves where `side` is gridSide
 */
export function toSide(features, { gridSide, channels }, side) {
  if (side === gridSide) return features;
  let sides = kept.get(features);
  if (!sides) kept.set(features, (sides = new Map()));
  let means = sides.get(side);
  if (!means) {
    means = pool(features, gridSide, side, channels, new Float32Array(side * side * channels));
    sides.set(side, means);
  }
  return means;
}
