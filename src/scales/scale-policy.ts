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
  choose(score: ChangeScore): ScaleChoice;
}
