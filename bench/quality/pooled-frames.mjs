/**
 * A clip as the bench keeps it in memory.
 * @typedef {object} Clip
 * @property {string} name
 * @property {string} class Content class, such as `screen`.
 * @property {number} fps
 * @property {number} gridSide Cells on a side of the patch grid; a multiple of 12.
 * @property {number} channels
 * @property {Float32Array[]} frames `[gridSide², channels]` each, row-major, standardised per channel, centred per
 *   position. Read only, and never changed once a method has seen the clip: what is derived from it is kept.
 * @property {Record<number, Float32Array[]>} small By tokens (144, 36, 9): the same frames, encoded from a picture that
 *   was shrunk to 1/2, 1/4, 1/8 and enlarged again. Same shape, standardised the same way.
 * @property {number[]} sceneScores Score of ffmpeg's scdet for each frame, 0 … 100.
 * @property {number[]} timesS
 */

/**
 * Frames at one scale.
 * @typedef {object} PooledFrames
 * @property {Float32Array[]} means P_s X for each frame, `[tokens, channels]`. Read only.
 * @property {Float64Array} energies ‖Π_s X‖² = (cells / tokens) · ‖P_s X‖² for each frame.
 * @property {number} share Cells that one token stands for.
 */

/** Scales below the full grid, finest first: M3's ladder (arXiv 2405.17430, section 3). */
const SCALES = [144, 36, 9, 1];

/** Pooling is one pass over hundreds of megabytes, and every method wants the same one. */
const kept = new WeakMap();

/**
 * The block means of every frame at a scale. Made once for each list of frames and scale; owned by this module.
 * @param {Float32Array[]} frames `[gridSide², channels]` each
 * @param {Pick<Clip, 'gridSide' | 'channels'>} shape
 * @param {number} tokens gridSide², 144, 36, 9 or 1
 * @returns {PooledFrames}
 */
export function poolFrames(frames, shape, tokens) {
  let levels = kept.get(frames);
  if (!levels) kept.set(frames, (levels = new Map()));
  let pooled = levels.get(tokens);
  if (!pooled) levels.set(tokens, (pooled = poolAll(frames, shape, tokens)));
  return pooled;
}

function poolAll(frames, { gridSide, channels }, tokens) {
  const side = Math.sqrt(tokens);
  if (gridSide % 12 !== 0) {
    throw new RangeError(
      `A ${gridSide}×${gridSide} grid has no 144-token scale. Use an encoder with 12·n cells a side.`,
    );
  }
  if (!Number.isInteger(side) || gridSide % side !== 0) {
    throw new RangeError(
      `A ${gridSide}×${gridSide} grid has no scale of ${tokens} tokens. Choose ${gridSide ** 2}, ${SCALES.join(', ')}.`,
    );
  }
  const share = gridSide ** 2 / tokens;
  const full = share === 1;
  const means = full ? frames : frames.map((frame) => blockMeans(frame, gridSide, side, channels));
  const energies = Float64Array.from(means, (mean) => share * energy(mean));
  const bad = energies.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `Frame ${bad} has features that are no finite numbers. Do not divide by a channel without spread.`,
    );
  }
  return { means, energies, share };
}

function blockMeans(frame, gridSide, side, channels) {
  const block = gridSide / side;
  const out = new Float32Array(side * side * channels);
  const sums = new Float64Array(side * channels);
  for (let row = 0; row < side; row++) {
    sums.fill(0);
    for (let inner = 0; inner < block; inner++)
      addRow(frame, (row * block + inner) * gridSide * channels, block, channels, sums);
    for (let i = 0; i < sums.length; i++) out[row * sums.length + i] = sums[i] / (block * block);
  }
  return out;
}

/** Adds one row of cells to the row of tokens above it. */
function addRow(frame, from, block, channels, sums) {
  let at = from;
  for (let to = 0; to < sums.length; to += channels) {
    for (let cell = 0; cell < block; cell++) {
      for (let c = 0; c < channels; c++) sums[to + c] += frame[at++];
    }
  }
}

/** ‖a‖². */
function energy(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}

/**
 * ‖a − b‖² over the rows from `from` to `to` (values, not cells).
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
export function squaredDistance(a, b, from = 0, to = a.length) {
  // Four sums: one alone would make every addition wait for the one before.
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = from;
  for (; i + 3 < to; i += 4) {
    const d0 = a[i] - b[i];
    const d1 = a[i + 1] - b[i + 1];
    const d2 = a[i + 2] - b[i + 2];
    const d3 = a[i + 3] - b[i + 3];
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; i < to; i++) s0 += (a[i] - b[i]) ** 2;
  return s0 + s1 + s2 + s3;
}
