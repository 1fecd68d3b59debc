import { receive, wholeFrames } from '../receiver.mjs';

/**
 * Every frame at the same scale, rebuilt from its own tokens alone: M3's operating points (arXiv 2405.17430, section 3).
 * The knob is the scale; 576 is the full 24×24 grid.
 * @type {import('../method.mjs').Method}
 */
export const fixedScale = {
  name: 'fixed',
  knobs: [576, 144, 36, 9, 1],
  run: (clip, tokens, scored = clip) =>
    receive(scored, { tokens, sent: wholeFrames(tokens, clip.frames.length, () => true) }),
};
