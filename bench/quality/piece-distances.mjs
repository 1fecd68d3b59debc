import { bandDistance } from './uniform-run.mjs';

/** Comparing every frame with every other is the dearest step of an oracle, and each budget asks for the same. */
const kept = new WeakMap();

/**
 * What it costs that nothing renews a detail band (uniform-run.mjs) for a while.
 *
 * Node 0 is the empty receiver, node t + 1 is frame t, node `end` is the end. A piece [u, v) is the time in which a band
 * stays as node u left it: its distance is Σ_{u < t < v} ‖band of X_t − X_u‖².
 */
export class PieceDistances {
  /** Scales, coarsest first. */
  ladder;
  /** The node after the last frame. */
  end;
  /** Nodes that a piece spans at most. */
  reach;
  /** For each band a table with a row for each u ({@link row}) and a column for each v − u. Read only. */
  tables;

  /** @param {import('./pooled-frames.mjs').Clip} clip */
  constructor(clip, ladder, reach) {
    this.ladder = ladder;
    this.end = clip.frames.length + 1;
    this.reach = Math.min(reach, this.end);
    this.tables = ladder.map((_, band) => this.#sum(clip, band));
  }

  /** Where the row of a node starts. */
  row(node) {
    return node * (this.reach + 1);
  }

  /** The last column that is used in a node's row. */
  width(node) {
    return Math.min(this.reach, this.end - node);
  }

  /** A table of zeros with the same rows and columns; owned by the caller. */
  emptyTable() {
    return new Float64Array((this.end + 1) * (this.reach + 1));
  }

  /** The distance of a piece; infinite where it is longer than `reach`. */
  distance(band, u, v) {
    return v - u > this.reach ? Infinity : this.tables[band][this.row(u) + v - u];
  }

  #sum(clip, band) {
    const table = this.emptyTable();
    for (let node = 0; node < this.end; node++) {
      const row = this.row(node);
      const from = node - 1;
      for (let span = 2; span <= this.width(node); span++) {
        table[row + span] = table[row + span - 1] + bandDistance(clip, this.ladder, band, from + span - 1, from);
      }
    }
    return table;
  }
}

/**
 * The distances of a clip, made once for each ladder and reach; owned by this module.
 * @param {import('./pooled-frames.mjs').Clip} clip
 * @param {readonly number[]} ladder scales, coarsest first
 * @param {number} reach nodes that a piece may span, so that long clips stay feasible
 * @returns {PieceDistances}
 */
export function pieceDistances(clip, ladder, reach) {
  let known = kept.get(clip.frames);
  if (!known) kept.set(clip.frames, (known = new Map()));
  const key = `${ladder.join()} ${reach}`;
  if (!known.has(key)) known.set(key, new PieceDistances(clip, ladder, reach));
  return known.get(key);
}
