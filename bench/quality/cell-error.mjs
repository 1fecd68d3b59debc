/**
 * Σ‖X − X̂‖² over some cells of the patch grid, each channel with its weight. X̂ may be coarser: a cell is then held to be
 * what its block is.
 * @param {Float32Array} features X, `[gridSide², channels]`, read only
 * @param {{ held: Float32Array, side: number }} receiver X̂, `[side², channels]`, read only; side divides gridSide
 * @param {Iterable<number>} cells raster indices in the patch grid
 * @param {import('./streams/stream.mjs').EncoderFacts} facts
 * @param {Float32Array} weights `[channels]`, see `ChannelSpread`
 */
export function cellError(features, { held, side }, cells, { gridSide, channels }, weights) {
  const block = gridSide / side;
  let sum = 0;
  for (const cell of cells) {
    const coarse = Math.floor(Math.floor(cell / gridSide) / block) * side + Math.floor((cell % gridSide) / block);
    for (let c = 0, i = cell * channels, k = coarse * channels; c < channels; c++, i++, k++) {
      sum += weights[c] * (features[i] - held[k]) ** 2;
    }
  }
  return sum;
}
