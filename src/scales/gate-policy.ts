import { ceiling } from '../media/token-scale.ts';
import type { Ladder } from '../media/token-scale.ts';
import { stricter } from './scale-policy.ts';
import type { ScalePolicy } from './scale-policy.ts';

/**
 * Squared grey levels, weighted by age: a cell that is off by 14 grey levels passes it at once, one that is off by 5 when
 * it has stood still for 8 frames. Tuned with `bench/quality/nuisance.mjs` and `gate.mjs`.
 */
export const DEFAULT_GATE = 200;

/** The knobs of {@link gatePolicy}. */
export interface GateOptions {
  /** Weighted residual energy of the pixel descriptor below which a frame counts as still, squared grey levels, ≥ 0. */
  readonly gate: number;
  /** A significant residual of the pixels does not wait longer than this many seconds. */
  readonly refreshS: number;
}

/**
 * Whether the encoder must run, and nothing else: pixels decide that a frame is worth a look, its features decide what
 * it is worth. The reference is the frame that was encoded last; what its features left unsaid is the selector's affair.
 */
export function gatePolicy(ladder: Ladder, { gate, refreshS }: GateOptions): ScalePolicy {
  const scale = ceiling(ladder);
  return {
    choose(score, pressure = 0) {
      if (score.first) return { scale, reason: 'first' };
      if (score.cut) return { scale, reason: 'cut' };
      if (score.holdEnergy > gate * stricter(pressure)) return { scale, reason: 'change' };
      if (score.holdEnergy > 0 && score.staleS >= refreshS) return { scale, reason: 'stale' };
      return { scale: undefined, reason: 'still' };
    },
  };
}
