import { ChangeDetector, makeLadder } from 'framenest';
import { fidelitySpending } from '#dist/scales/fidelity-spending.js';
import { DEFAULT_GATE, gatePolicy } from '#dist/scales/gate-policy.js';
import { TokenSelector } from '#dist/scales/token-selector.js';
import { toSide } from './to-side.mjs';

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
 * Our own way of a frame with a policy on features: pixels decide whether the encoder runs, features decide which tokens
 * go.
 * @param {Partial<typeof GATED> & { gated?: boolean, spending?: (ladder: import('framenest').Ladder) => import('framenest').SpendingRule }} [options]
 *   `gated: false` runs the encoder on every frame; cuts are still found in the pixels. `spending`: makes the rule of a
 *   stream; `fidelity` at `price` if absent
 * @returns {import('./stream.mjs').StreamMethod}
 */
export function gated({ gated: isGated = true, ...options } = {}) {
  const settings = { ...GATED, ...options };
  return (facts) => {
    const ladder = makeLadder(facts.gridSide, settings.ladder);
    const detector = new ChangeDetector({ frameSide: facts.inputSide, ladder, minSceneS: settings.minSceneS });
    const policy = gatePolicy(ladder, settings);
    const rule = settings.spending?.(ladder) ?? fidelitySpending(settings.price);
    const selector = new TokenSelector(ladder, facts.channels, settings.layout, rule);
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
