/**
 * Sums over some frames of one clip, from which means and deviations of any set of clips can be made.
 * @typedef {object} Sums
 * @property {number} frames
 * @property {Float64Array} cells `[gridSide², channels]`
 * @property {Float64Array} squares `[channels]`, over frames and cells
 */

/**
 * How features are standardised: (x − mean of the position) / deviation of the channel.
 * @typedef {object} Spread
 * @property {Float32Array} mean `[gridSide², channels]`
 * @property {Float32Array} deviation `[channels]`
 */

/** A channel with a smaller share of the mean variance than this is dead; it is left at 0. */
const DEAD = 1e-5;

/**
 * @param {number} cells
 * @param {number} channels
 * @returns {Sums}
 */
export function emptySums(cells, channels) {
  return { frames: 0, cells: new Float64Array(cells * channels), squares: new Float64Array(channels) };
}

/**
 * Adds a frame.
 * @param {Sums} sums
 * @param {Float32Array} features `[gridSide², channels]`
 */
export function addFrame(sums, features) {
  const channels = sums.squares.length;
  sums.frames++;
  for (let i = 0; i < features.length; i++) {
    sums.cells[i] += features[i];
    sums.squares[i % channels] += features[i] * features[i];
  }
}

/**
 * The spread of some clips, every clip counting the same, however long it is.
 * @param {readonly Sums[]} clips at least one, none empty
 * @returns {Spread}
 */
export function spreadOf(clips) {
  const [{ cells, squares }] = clips;
  const channels = squares.length;
  const positions = cells.length / channels;
  const mean = new Float32Array(cells.length);
  const square = new Float64Array(channels);
  for (const clip of clips) {
    for (let i = 0; i < mean.length; i++) mean[i] += clip.cells[i] / clip.frames / clips.length;
    for (let c = 0; c < channels; c++) square[c] += clip.squares[c] / clip.frames / positions / clips.length;
  }
  const centre = new Float64Array(channels);
  for (let i = 0; i < mean.length; i++) centre[i % channels] += mean[i] / positions;
  const variance = square.map((value, c) => Math.max(0, value - centre[c] ** 2));
  const typical = variance.reduce((sum, value) => sum + value, 0) / channels;
  const deviation = Float32Array.from(variance, (value) => (value > DEAD * typical ? Math.sqrt(value) : Infinity));
  return { mean, deviation };
}

/**
 * Standardises a frame in place. A dead channel becomes 0.
 * @param {Float32Array} features `[gridSide², channels]`
 * @param {Spread} spread
 */
export function standardise(features, { mean, deviation }) {
  const channels = deviation.length;
  const factor = Float32Array.from(deviation, (value) => 1 / value);
  for (let i = 0; i < features.length; i++) features[i] = (features[i] - mean[i]) * factor[i % channels];
  return features;
}
