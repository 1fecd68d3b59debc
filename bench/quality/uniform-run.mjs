import { poolFrames, squaredDistance } from './pooled-frames.mjs';

/**
 * The receiver of a nested stream with one scale a frame: scale s of frame X updates X̂ ← X̂ + U_s(P_s X − P_s X̂), so the
 * coarse part is new and older fine detail stays.
 *
 * No state is kept for it. The scales nest, so (Π_s − Π_c), c the next coarser scale, are orthogonal projectors onto
 * *detail bands*; a frame at scale s renews all bands up to s, and the error of a frame is the sum over bands of the
 * distance to the frame that renewed the band last, plus what no scale carries.
 * @param {import('./pooled-frames.mjs').Clip} clip
 * @param {readonly number[]} tokens scale of each frame
 * @param {readonly number[]} ladder scales, coarsest first; each divides the next
 * @returns {import('./receiver.mjs').Run}
 */
export function uniformRun(clip, tokens, ladder) {
  const { frames, gridSide, name } = clip;
  const { energies } = poolFrames(frames, clip, gridSide ** 2);
  if (tokens.length !== frames.length) {
    throw new RangeError(`${name} has ${frames.length} frames and ${tokens.length} scales. Give one a frame.`);
  }
  const { energies: carried } = poolFrames(frames, clip, ladder.at(-1));
  const renewed = new Int32Array(ladder.length).fill(-1);
  const errors = Float64Array.from(frames, (_, t) => {
    renewed.fill(t, 0, levelOf(ladder, tokens[t]) + 1);
    let error = Math.max(0, energies[t] - carried[t]);
    for (let band = 0; band < ladder.length; band++) error += bandDistance(clip, ladder, band, t, renewed[band]);
    return error;
  });
  return { tokens: Float64Array.from(tokens), errors, energies };
}

function levelOf(ladder, tokens) {
  const level = ladder.indexOf(tokens);
  if (level >= 0) return level;
  throw new RangeError(
    `${tokens} tokens are no scale of the ladder ${ladder.join(', ')}. Give one scale for each frame.`,
  );
}

/**
 * ‖(Π_s − Π_c)(X_t − X_from)‖² for s the scale of `band` and c the next coarser one, from pooled tokens alone.
 * @param {import('./pooled-frames.mjs').Clip} clip
 * @param {readonly number[]} ladder
 * @param {number} band index into the ladder
 * @param {number} t
 * @param {number} from −1 is a receiver that holds nothing yet
 */
export function bandDistance(clip, ladder, band, t, from) {
  if (from === t) return 0;
  const coarser = band > 0 ? scaleDistance(clip, ladder[band - 1], t, from) : 0;
  return Math.max(0, scaleDistance(clip, ladder[band], t, from) - coarser);
}

/** ‖Π_s(X_t − X_from)‖². */
function scaleDistance(clip, tokens, t, from) {
  const { means, energies, share } = poolFrames(clip.frames, clip, tokens);
  return from < 0 ? energies[t] : share * squaredDistance(means[t], means[from]);
}
