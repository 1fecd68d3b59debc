import { poolFrames, squaredDistance } from './pooled-frames.mjs';

/**
 * What one setting of a method sent, and what the receiver made of it.
 * @typedef {object} Run
 * @property {Float64Array} tokens Tokens sent for each frame.
 * @property {Float64Array} errors ‖X_t − X̂_t‖² for each frame, after it was received.
 * @property {Float64Array} energies ‖X_t‖² for each frame.
 */

/**
 * Which tokens of a scale go out: for each frame a flag for each token in raster order, or `undefined` for none.
 * @typedef {(Uint8Array | undefined)[]} Sent
 */

/**
 * The receiver of every baseline: a token that arrives replaces its cells, the other cells stay as they are; before
 * anything arrives it holds zero, the mean of the features. A frame that goes out whole leaves nothing of what was held
 * (memoryless), a frame of which nothing goes out is the last one again (hold).
 *
 * Nothing is up-sampled: with Y_t = P_s X_t and h(p) the frame that token p was last sent in,
 * ‖X_t − X̂_t‖² = ‖X_t‖² − ‖Π_s X_t‖² + (cells / s) · Σ_p ‖Y_t(p) − Y_h(p)(p)‖², because Π_s is an orthogonal projector.
 * @param {import('./pooled-frames.mjs').Clip} clip in whose features errors are taken
 * @param {object} sending
 * @param {number} sending.tokens the scale, gridSide², 144, 36, 9 or 1
 * @param {Sent} sending.sent
 * @param {Float32Array[]} [sending.source] what the tokens are the means of, frame by frame; the clip's frames if absent
 * @param {number} [sending.extra] tokens that every frame costs beyond the flagged ones, where it sends any
 * @returns {Run}
 */
export function receive(clip, { tokens: scale, sent, source = clip.frames, extra = 0 }) {
  const { frames, channels } = clip;
  if (sent.length !== frames.length || source.length !== frames.length) {
    throw new RangeError(
      `${clip.name} has ${frames.length} frames, but ${sent.length} were chosen from and ${source.length} sent. ` +
        'Sample both encoders at the same instants.',
    );
  }
  const { means, energies: kept, share } = poolFrames(frames, clip, scale);
  const { means: values } = poolFrames(source, clip, scale);
  const { energies } = poolFrames(frames, clip, clip.gridSide ** 2);
  const held = new Int32Array(scale).fill(-1);
  const errors = new Float64Array(frames.length);
  const tokens = new Float64Array(frames.length);
  for (const [t, flags] of sent.entries()) {
    if (flags) {
      const count = hold(held, flags, t);
      tokens[t] = count > 0 ? count + extra : 0;
    }
    errors[t] = Math.max(0, energies[t] - kept[t]) + share * distanceToHeld(means[t], values, held, channels);
  }
  return { tokens, errors, energies };
}

/** Notes that the flagged tokens are of frame `t` now; returns how many. */
function hold(held, flags, t) {
  let count = 0;
  for (let p = 0; p < held.length; p++) {
    if (flags[p] === 0) continue;
    held[p] = t;
    count++;
  }
  return count;
}

/** Σ_p ‖Y(p) − Y_h(p)(p)‖²; runs of tokens held from the same frame are taken in one go. */
function distanceToHeld(mean, values, held, channels) {
  let sum = 0;
  for (let p = 0; p < held.length;) {
    const first = p * channels;
    const from = values[held[p]];
    for (const frame = held[p]; held[p] === frame; p++);
    if (from === mean) continue;
    if (from) sum += squaredDistance(mean, from, first, p * channels);
    else for (let i = first; i < p * channels; i++) sum += mean[i] * mean[i];
  }
  return sum;
}

/**
 * Flags that send whole frames or nothing.
 * @param {number} tokens of the scale
 * @param {number} frames how many there are
 * @param {(t: number) => boolean} goes whether frame `t` goes out
 * @returns {Sent}
 */
export function wholeFrames(tokens, frames, goes) {
  const all = new Uint8Array(tokens).fill(1);
  return Array.from({ length: frames }, (_, t) => (goes(t) ? all : undefined));
}
