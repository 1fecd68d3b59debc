import type { ChangeScore } from '../media/change-score.ts';
import { ceiling } from '../media/token-scale.ts';
import type { Ladder, TokenScale } from '../media/token-scale.ts';
import { stricter } from './scale-policy.ts';
import type { ScaleChoice, ScalePolicy } from './scale-policy.ts';

/** The knobs of {@link changePolicy}. */
export interface ChangePolicyOptions {
  /** Squared grey levels that one token must save to be worth sending. Higher: fewer tokens. */
  readonly price: number;
  /** No significant residual stays unsent for longer than this many seconds. */
  readonly refreshS: number;
  /** A coarser scale than the last one sent must be this much cheaper, 0 … 1, so that scales do not flicker. */
  readonly hysteresis: number;
}

/** Running the encoder costs something even where one token is sent: as much as this many tokens. */
const RUN_TOKENS = 4;

/**
 * The default policy: the scale with the lowest cost, residual energy + price × tokens (a Lagrangian on the ladder).
 * A first frame, a cut, and a residual older than the refresh bound go out at the ceiling; a frame without significant
 * residual is held.
 */
export function changePolicy(ladder: Ladder, options: ChangePolicyOptions): ScalePolicy {
  const finest = ceiling(ladder);
  let last = finest;
  const send = (scale: TokenScale, reason: ScaleChoice['reason']): ScaleChoice => {
    last = scale;
    return { scale, reason };
  };
  return {
    choose(score, pressure = 0) {
      if (score.first) return send(finest, 'first');
      if (score.cut) return send(finest, 'cut');
      if (score.holdEnergy === 0) return { scale: undefined, reason: 'still' };
      if (score.staleS >= options.refreshS) return send(finest, 'stale');
      const scale = cheapest(ladder, score, { ...options, price: options.price * stricter(pressure) }, last);
      return scale === undefined ? { scale, reason: 'still' } : send(scale, 'change');
    },
  };
}

/** The scale of the lowest cost, or `undefined` where holding costs no more. */
function cheapest(
  ladder: Ladder,
  score: ChangeScore,
  { price, hysteresis }: ChangePolicyOptions,
  last: TokenScale,
): TokenScale | undefined {
  const cost = (scale: TokenScale): number => (score.scaleEnergies[scale.level] ?? 0) + price * scale.tokens;
  const best = ladder.scales.reduce((a, b) => (cost(b) < cost(a) ? b : a));
  // A hold is one token too; what sending adds is the encoder's run.
  if (score.holdEnergy + price <= cost(best) + price * RUN_TOKENS) return undefined;
  const flickers = best.level < last.level && cost(best) > (1 - hysteresis) * cost(last);
  return flickers ? last : best;
}
