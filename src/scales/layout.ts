import type { FeatureResidual } from './feature-residual.ts';
import type { Allowance } from './spending.ts';

/** Shape of a frame's tokens: one scale for the whole frame, or a cut of the scale tree. */
export type LayoutName = 'uniform' | 'tree';

/** Chooses the tokens of one frame of a stream. */
export interface Layout {
  /**
   * @param residual - after `observe`
   * @returns positions of the tokens to send, `[1 … allowance.most]`; a view, overwritten by the next call
   */
  choose(residual: FeatureResidual, allowance: Allowance): Int32Array;
}
