import type { ChangeScore } from '../media/change-score.ts';
import type { TokenScale } from '../media/token-scale.ts';

/** Why a frame got its scale. */
export type ScaleReason = 'first' | 'cut' | 'stale' | 'change' | 'still' | 'fixed';

/** What a policy decides for one frame before the encoder runs. */
export interface ScaleChoice {
  /** Scale to send; `undefined` holds: one token, the encoder does not run. */
  readonly scale: TokenScale | undefined;
  readonly reason: ScaleReason;
}

/** Decides each frame's scale from its change score. Has the state of one stream; called once a frame, in order. */
export interface ScalePolicy {
  /** @param pressure - 0 (there is time) … 1 (a live source is about to lose frames): the more, the more a change must be worth */
  choose(score: ChangeScore, pressure?: number): ScaleChoice;
}

/** How much more a change must be worth before the encoder runs, under a pressure of 0 … 1: once to sixteen times. */
export function stricter(pressure: number): number {
  return 1 + 15 * pressure ** 2;
}
