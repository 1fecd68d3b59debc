import { KEPT_SHARES, droppingMethod } from '../method.mjs';
import { sceneScorer } from '../pictures.mjs';
import { wholeFrames } from '../receiver.mjs';

/**
 * Key frames at scene cuts: 144 tokens where ffmpeg's scdet score is at or above a threshold, held in between; the first
 * frame always. The knob is the share of frames that the threshold is calibrated to on each clip, from every frame to
 * the first alone: a fixed list of scores would leave clips without cuts with one point.
 */
export const keyframes = droppingMethod('keyframes', KEPT_SHARES, (clip, share) => {
  const { frames, name, sceneScores } = clip;
  if (sceneScores.length !== frames.length) {
    throw new RangeError(
      `${name} has ${frames.length} frames and ${sceneScores.length} scene scores. Give one a frame.`,
    );
  }
  const threshold = calibrate(sceneScores.slice(1), share);
  return wholeFrames(144, frames.length, (t) => isKeyFrame(t, sceneScores[t], threshold));
});

/** The score that the share of the scores reaches. Equal scores go together. */
function calibrate(scores, share) {
  const falling = [...scores].sort((a, b) => b - a);
  return falling[Math.round(share * falling.length) - 1] ?? Infinity;
}

function isKeyFrame(t, score, threshold) {
  return t === 0 || score >= threshold;
}

/**
 * The rule for one threshold, on pictures as they come.
 * @param {number} threshold of the scene score, 0 … 100
 * @returns {import('../method.mjs').FrameRule}
 */
export function atCuts(threshold) {
  return () => {
    const scoreOf = sceneScorer();
    return (t, rgb) => isKeyFrame(t, scoreOf(rgb), threshold);
  };
}
