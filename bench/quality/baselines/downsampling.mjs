import { everyNth } from '../method.mjs';
import { receive, wholeFrames } from '../receiver.mjs';

/** Every frame at each size, then fewer and fewer frames of the largest and of the middle one. */
const SETTINGS = [
  ...[1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256].map((every) => ({ tokens: 144, every })),
  ...[1, 2, 4, 8, 16, 32, 64].map((every) => ({ tokens: 36, every })),
  ...[1, 2, 4, 8].map((every) => ({ tokens: 9, every })),
];

/**
 * A smaller picture: encoded at a half, a quarter or an eighth of the side it gives 144, 36 or 9 tokens, the control that
 * token compressors are asked to beat (VTC-Bench). Adapted: the encoders have one input size, so the picture is shrunk,
 * enlarged again, encoded and pooled to the tokens that the small one would have given; the detail lost is the same, the
 * positions are the trained ones. Frames go out whole, every k-th, and are held in between. The knob is the index of a
 * setting (tokens and k): all are one curve, of which the comparison takes the frontier.
 * @type {import('../method.mjs').Method}
 */
export const downsampling = {
  name: 'downsampling',
  knobs: [...SETTINGS.keys()],
  run(clip, knob, scored = clip) {
    const { tokens, every } = SETTINGS[knob];
    const source = scored.small[tokens];
    if (!source) throw new RangeError(`${scored.name} has no frames shrunk to ${tokens} tokens. Encode them too.`);
    const sent = wholeFrames(tokens, clip.frames.length, everyNth(every)());
    return receive(scored, { tokens, sent, source });
  },
};
