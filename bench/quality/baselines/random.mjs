import { KEPT_SHARES, droppingMethod } from '../method.mjs';
import { randomNumbers, shuffled } from '../random.mjs';
import { wholeFrames } from '../receiver.mjs';

const SEED = 1;

/**
 * 144 tokens of frames drawn at random without return, held in between; the first frame always, so that the receiver
 * never starts with nothing. The knob is the share of frames; the same seed for every clip.
 */
export const random = droppingMethod('random', KEPT_SHARES, (clip, share) => {
  const later = Array.from({ length: clip.frames.length - 1 }, (_, t) => t + 1);
  const drawn = new Set(shuffled(later, randomNumbers(SEED)).slice(0, Math.round(share * later.length)));
  return wholeFrames(144, clip.frames.length, (t) => t === 0 || drawn.has(t));
});
