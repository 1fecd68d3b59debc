import { ChangeDetector, makeLadder, pool } from 'framenest';
import { fidelitySpending } from '#dist/scales/fidelity-spending.js';
import { DEFAULT_GATE, gatePolicy } from '#dist/scales/gate-policy.js';
import { TokenSelector } from '#dist/scales/token-selector.js';

/** What the benches of events, nuisances and the gate run with where they are not told otherwise. */
export const GATED = {
  ladder: [1, 9, 36, 144],
  layout: 'tree',
  price: 5,
  gate: DEFAULT_GATE,
  refreshS: 10,
  minSceneS: 0.4,
};

/**
 * Our own way of a frame with policy `fidelity`: pixels decide whether the encoder runs, features decide which tokens go.
 * @param {Partial<typeof GATED> & { gated?: boolean }} [options] `gated: false` runs the encoder on every frame; cuts are
 *   still found in the pixels
 * @returns {import('./stream.mjs').StreamMethod}
 */
export function gated({ gated: isGated = true, ...options } = {}) {
  const settings = { ...GATED, ...options };
  return (facts) => {
    const ladder = makeLadder(facts.gridSide, settings.ladder);
    const detector = new ChangeDetector({ frameSide: facts.inputSide, ladder, minSceneS: settings.minSceneS });
    const policy = gatePolicy(ladder, settings);
    const selector = new TokenSelector(ladder, facts.channels, settings.layout, fidelitySpending(settings.price));
    const { held, side } = selector.grid;
    return {
      async next({ rgb, timeS, features }) {
        const score = detector.score(rgb, timeS);
        const choice = policy.choose(score);
        detector.sent(choice.scale);
        const ran = !isGated || choice.scale !== undefined;
        const moment = { timeS, scene: score.first || score.cut };
        const positions = ran
          ? selector.select(toSide(await features(), facts, side), moment)
          : (selector.rest(moment) ?? new Int32Array(0));
        selector.received(positions, selector.tokensAt(positions));
        return { tokens: Math.max(1, positions.length), ran, held, side };
      },
    };
  };
}

/**
 * Block means of a patch grid.
 * @param {Float32Array} features `[gridSide², channels]`, read only
 * @param {import('./stream.mjs').EncoderFacts} facts
 * @param {number} side divides gridSide
 * @returns {Float32Array} `[side², channels]`, owned by the caller unless `side` is gridSide
 */
export function toSide(features, { gridSide, channels }, side) {
  if (side === gridSide) return features;
  return pool(features, gridSide, side, channels, new Float32Array(side * side * channels));
}
