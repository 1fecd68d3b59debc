import { toSide } from './to-side.mjs';

/**
 * Frames that go out whole at one scale, or not at all; the receiver holds the last one.
 * @param {object} options
 * @param {number} options.side of the scale, 12 for 144 tokens
 * @param {import('../method.mjs').FrameRule} options.rule
 * @param {number} [options.extra] tokens that a frame costs beyond those of the scale
 * @param {import('./stream.mjs').Encode} [options.encode] what is sent is encoded with; what the stream is given if absent
 * @returns {import('./stream.mjs').StreamMethod}
 */
export function wholeFrameStream({ side, rule, extra = 0, encode }) {
  return (facts) => {
    const goes = rule();
    let held = new Float32Array(side * side * facts.channels);
    let t = 0;
    return {
      async next({ rgb, features }) {
        const ran = goes(t++, rgb);
        if (ran) held = toSide(await (encode ? encode(rgb) : features()), facts, side);
        return { tokens: ran ? side * side + extra : 0, ran, held, side };
      },
    };
  };
}
