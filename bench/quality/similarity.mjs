import { poolFrames } from './pooled-frames.mjs';

/** Keeps the division sound where a vector is zero. */
const EPSILON = 1e-9;

/** Every similarity is one pass over the clip, and each method sweeps a threshold over the same ones. */
const kept = new WeakMap();

/**
 * Cosine of every token at 144 tokens with the previous *dense* frame: what that frame was, not what was sent of it.
 * @param {import('./pooled-frames.mjs').Clip} clip
 * @param {0 | 1} reach 0: the same position; 1: the best of the 3×3 positions around it, inside the grid
 * @returns {Float64Array[]} for each frame from the second on, `[144]` in raster order; owned by this module
 */
export function previousCosines(clip, reach) {
  let reaches = kept.get(clip.frames);
  if (!reaches) kept.set(clip.frames, (reaches = []));
  return (reaches[reach] ??= compute(clip, reach));
}

function compute(clip, reach) {
  const { means } = poolFrames(clip.frames, clip, 144);
  const norms = means.map((mean) => lengths(mean, clip.channels));
  const candidates = Array.from({ length: 144 }, (_, p) => around(p, reach));
  return means.slice(1).map((mean, before) =>
    Float64Array.from({ length: 144 }, (_, p) => {
      let best = -Infinity;
      for (const q of candidates[p]) {
        const scale = norms[before + 1][p] * norms[before][q] + EPSILON;
        best = Math.max(best, dot(mean, p, means[before], q, clip.channels) / scale);
      }
      return best;
    }),
  );
}

/** Positions of the 12×12 grid that are at most `reach` away from `p` in rows and in columns. */
function around(p, reach) {
  const near = (i) => Array.from({ length: 2 * reach + 1 }, (_, k) => i - reach + k).filter((k) => k >= 0 && k < 12);
  return near(Math.floor(p / 12)).flatMap((row) => near(p % 12).map((column) => row * 12 + column));
}

function lengths(mean, channels) {
  return Float64Array.from({ length: 144 }, (_, p) => Math.sqrt(dot(mean, p, mean, p, channels)));
}

function dot(a, p, b, q, channels) {
  let sum = 0;
  for (let i = p * channels, k = q * channels; i < (p + 1) * channels; i++, k++) sum += a[i] * b[k];
  return sum;
}

/**
 * Flags for the tokens that a rule keeps; the first frame goes out whole, since there is nothing to compare it with.
 * @param {Float64Array[]} cosines as {@link previousCosines} gives them
 * @param {(cosine: number, index: number) => boolean} keeps `index` counts over all cosines, frame by frame
 * @returns {import('./receiver.mjs').Sent}
 */
export function keepWhere(cosines, keeps) {
  const rest = cosines.map((frame, t) => Uint8Array.from(frame, (cosine, p) => (keeps(cosine, t * 144 + p) ? 1 : 0)));
  return [new Uint8Array(144).fill(1), ...rest];
}
