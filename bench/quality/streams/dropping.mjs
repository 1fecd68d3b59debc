import { cosinesBetween, withLengths } from '../similarity.mjs';
import { standardise } from '../spread.mjs';
import { toSide } from './to-side.mjs';

/** The scale that tokens are dropped of: 144. */
const SIDE = 12;

/**
 * A rule that drops some of each frame's 144 tokens, frame by frame; the receiver holds what does not come. The encoder
 * runs on every frame, and the first one goes out whole.
 * @param {object} options
 * @param {import('../similarity.mjs').SimilarityRule} options.rule
 * @param {0 | 1} [options.reach] of the rule's cosines
 * @param {ReturnType<typeof likeness>} [options.compare] how cosines are taken; of the encoder's own features if absent
 * @returns {import('./stream.mjs').StreamMethod}
 */
export function droppingStream({ rule, reach = 0, compare = likeness() }) {
  return (facts) => {
    const { channels } = facts;
    const held = new Float32Array(SIDE * SIDE * channels);
    const keeps = rule();
    let previous;
    return {
      async next({ features }) {
        const grid = await features();
        const now = toSide(grid, facts, SIDE);
        const flags = previous ? keeps(compare(previous, grid, facts, reach)) : undefined;
        previous = grid;
        return { tokens: renew(held, now, flags, channels), ran: true, held, side: SIDE };
      },
    };
  };
}

/** Puts the flagged tokens, or all of them, into what is held; returns how many. */
function renew(held, now, flags, channels) {
  if (!flags) {
    held.set(now);
    return SIDE * SIDE;
  }
  let tokens = 0;
  for (let p = 0; p < flags.length; p++) {
    if (flags[p] === 0) continue;
    held.set(now.subarray(p * channels, (p + 1) * channels), p * channels);
    tokens++;
  }
  return tokens;
}

/**
 * Cosines of a frame's 144 tokens with the frame before. Each frame is prepared once and each pair compared once, however
 * many rules ask.
 * @param {import('../spread.mjs').Spread} [spread] to standardise the features by; none: the encoder's own
 * @returns {(before: Float32Array, now: Float32Array, facts: import('./stream.mjs').EncoderFacts, reach: 0 | 1) => Float64Array}
 *   of two patch grids; the result is read only
 */
export function likeness(spread) {
  const views = new WeakMap();
  const pairs = [new WeakMap(), new WeakMap()];
  const view = (features, facts) => {
    let kept = views.get(features);
    if (!kept) views.set(features, (kept = withLengths(standardised(features, facts, spread), facts.channels)));
    return kept;
  };
  return (before, now, facts, reach) => {
    let pair = pairs[reach].get(now);
    if (pair?.before !== before) {
      pair = { before, cosines: cosinesBetween(view(before, facts), view(now, facts), facts.channels, reach) };
      pairs[reach].set(now, pair);
    }
    return pair.cosines;
  };
}

/** Standardising is affine for each cell, so that it may come after pooling. */
function standardised(features, facts, spread) {
  const tokens = toSide(features, facts, SIDE);
  if (!spread) return tokens;
  return standardise(tokens.slice(), { mean: toSide(spread.mean, facts, SIDE), deviation: spread.deviation });
}
