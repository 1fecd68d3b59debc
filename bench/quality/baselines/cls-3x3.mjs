import { INTERVALS, everyNth } from '../method.mjs';
import { receive, wholeFrames } from '../receiver.mjs';

/**
 * 10 tokens a frame: a summary of the whole and a 3×3 average pool (VideoLLM-online, arXiv 2406.11816, section 3.3).
 * Adapted: the summary is the mean of the patches, since not every encoder has a CLS token; it adds nothing to the 3×3
 * from which the frame is rebuilt. The knob is k, every k-th frame sent and held; k = 1 is the published point.
 * @type {import('../method.mjs').Method}
 */
export const cls3x3 = {
  name: 'cls-3x3',
  knobs: INTERVALS,
  run: (clip, k, scored = clip) =>
    receive(scored, { tokens: 9, extra: 1, sent: wholeFrames(9, clip.frames.length, everyNth(k)()) }),
};
