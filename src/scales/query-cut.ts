import type { QueryRelevance } from '../media/query-reader.ts';
import { ceiling } from '../media/token-scale.ts';
import type { Ladder } from '../media/token-scale.ts';
import { countOutliers } from './outliers.ts';
import { parentCell } from './pool.ts';

/**
 * How much each cell stands out in its frame: the distance of its features from the frame's mean, each channel in units of
 * its deviation within the frame (else a few channels with huge values would decide alone). A channel that is the same
 * everywhere says nothing.
 * @param grid - `[cells, channels]`, read only
 * @returns `[cells]`, ≥ 0, root mean square over the channels that vary; the caller's
 */
export function salience(grid: Float32Array, channels: number): Float64Array<ArrayBuffer> {
  const cells = grid.length / channels;
  const means = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let at = 0; at < grid.length; at += channels) {
    for (let c = 0; c < channels; c++) means[c]! += grid[at + c]! / cells;
  }
  for (let at = 0; at < grid.length; at += channels) {
    for (let c = 0; c < channels; c++) squares[c]! += (grid[at + c]! - means[c]!) ** 2 / cells;
  }
  // What float32 rounds is no difference.
  const rates = squares.map((square, c) => (square > (1e-6 * means[c]!) ** 2 ? 1 / square : 0));
  const varying = Math.max(
    1,
    rates.reduce((count, rate) => (rate > 0 ? count + 1 : count), 0),
  );
  return Float64Array.from({ length: cells }, (_, cell) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += (grid[cell * channels + c]! - means[c]!) ** 2 * rates[c]!;
    return Math.sqrt(sum / varying);
  });
}

/**
 * The cells of a frame that a question wants fine, after Recoverable Compression (Chen et al., arXiv 2409.01179): those that
 * stand out (visual filter), and of the rest those that have most to do with the question (text recovery). In both the
 * number of outliers among the scores says how many, and the rank says which.
 * @param grid - `[cells, channels]`, read only
 * @returns `[cells]`, 1 for a kept cell; the caller's
 */
export function keptCells(grid: Float32Array, channels: number, query: QueryRelevance): Uint8Array<ArrayBuffer> {
  const kept = new Uint8Array(grid.length / channels);
  const all = Array.from(kept, (_, cell) => cell);
  for (const cell of highest(all, salience(grid, channels))) kept[cell] = 1;
  const rest = all.filter((cell) => kept[cell] === 0);
  for (const cell of highest(rest, query.relevance(grid))) kept[cell] = 1;
  return kept;
}

/**
 * The cut of the scale tree that has these cells at its finest level and all else as coarse as it can be.
 * @param kept - `[cells]` at the ladder's finest scale, 1 for a kept cell
 * @returns `[cells]`: the level of the token that covers each cell; the caller's
 */
export function cutAround(ladder: Ladder, kept: Uint8Array): Uint8Array<ArrayBuffer> {
  const { level: finest, side } = ceiling(ladder);
  const cut = new Uint8Array(kept.length).fill(finest);
  for (const { level, side: coarse, tokens } of ladder.scales.slice(0, finest).reverse()) {
    const split = new Uint8Array(tokens);
    for (const [cell, keep] of kept.entries()) if (keep) split[parentCell(cell, side, coarse)] = 1;
    for (const cell of cut.keys()) if (!split[parentCell(cell, side, coarse)]) cut[cell] = level;
  }
  return cut;
}

/** As many of the cells as there are outliers among their scores, those with the highest scores; of equals the first. */
function highest(cells: readonly number[], scores: ArrayLike<number>): number[] {
  const own = cells.map((cell) => scores[cell]!);
  const ranked = cells.toSorted((a, b) => scores[b]! - scores[a]! || a - b);
  return ranked.slice(0, countOutliers(own));
}
