import { KEPT_SHARES, droppingMethod } from '../method.mjs';
import { randomNumbers } from '../random.mjs';
import { wholeFrames } from '../receiver.mjs';

const SEED = 1;

/**
 * 144 tokens of frames drawn at random, held in between; the first frame always, so that the receiver never starts with
 * nothing. Every frame has a number, the same for every clip, and goes out where it is at most a threshold. The knob is
 * the share of the clip's later frames that the threshold is calibrated to.
 */
export const random = droppingMethod('random', KEPT_SHARES, (clip, share) =>
  wholeFrames(144, clip.frames.length, drawn(calibrate(clip.frames.length, share))()),
);

/**
 * The rule for one threshold.
 * @param {number} threshold 0 … 1
 * @returns {import('../method.mjs').FrameRule}
 */
export function drawn(threshold) {
  return () => {
    const next = randomNumbers(SEED);
    return (t) => next() <= threshold || t === 0;
  };
}

/** The number that the share of the later frames does not exceed. */
function calibrate(frames, share) {
  const next = randomNumbers(SEED);
  const [, ...later] = Array.from({ length: frames }, () => next());
  return later.sort((a, b) => a - b)[Math.round(share * later.length) - 1] ?? -Infinity;
}
