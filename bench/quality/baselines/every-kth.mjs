import { INTERVALS, droppingMethod, everyNth } from '../method.mjs';
import { wholeFrames } from '../receiver.mjs';

/**
 * 144 tokens of every k-th frame, held in between: uniform sub-sampling, few frames but rich ones. The simple baseline
 * that is hard to beat. The knob is k.
 */
export const everyKth = droppingMethod('every-kth-144', INTERVALS, (clip, k) =>
  wholeFrames(144, clip.frames.length, everyNth(k)()),
);
