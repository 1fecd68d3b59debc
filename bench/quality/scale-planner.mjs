/**
 * Finds the scale of every frame that minimises Σ‖X_t − X̂_t‖² + price × tokens for the receiver that keeps older detail.
 * Exact for clips that are shorter than the reach of the distances.
 *
 * A frame at level l renews the detail bands 0 … l (uniform-run.mjs), and the error of a band depends only on the frame
 * that renewed it last. So the frames that renew band b cut time into pieces; inside a piece only coarser bands are
 * renewed, and what their best plan costs is one number. That is a shortest path for each band: with pieces [u, v),
 *
 *     piece(b, u, v) = distance(b, u, v) + price · (tokens of b − tokens of b − 1) + path(b − 1, u, v)
 *     path(b, a, v)  = min over u of path(b, a, u) + piece(b, u, v),
 *
 * and band 0 is renewed by every frame. Nodes and distances are those of piece-distances.mjs. A price takes
 * O(bands · nodes · reach²) steps, the object O(bands · nodes · reach) numbers.
 */
export class ScalePlanner {
  #distances;
  /** path(b − 1), which becomes piece(b). */
  #pieces;
  #paths;
  /** For each band between the coarsest and the finest, the last u on the way from a to v. */
  #cuts;

  /** @param {import('./piece-distances.mjs').PieceDistances} distances read only */
  constructor(distances) {
    this.#distances = distances;
    this.#pieces = distances.emptyTable();
    this.#paths = distances.emptyTable();
    this.#cuts = distances.ladder.map(() => new Int32Array(this.#paths.length));
  }

  /**
   * @param {number} price squared error that one token must save
   * @returns {number[]} scale of each frame
   */
  plan(price) {
    const { ladder, end } = this.#distances;
    const finest = ladder.length - 1;
    this.#renewEveryFrame(price);
    for (let band = 1; band < finest; band++) {
      this.#makePieces(band, price);
      for (let start = 0; start < end; start++) this.#findPaths(band, start);
      [this.#pieces, this.#paths] = [this.#paths, this.#pieces];
    }
    const levels = new Int32Array(end);
    if (finest > 0) {
      this.#makePieces(finest, price);
      const cuts = this.#findFinestPath();
      this.#mark(levels, finest, 0, end, (node) => cuts[node]);
    }
    return Array.from(levels.subarray(1), (level) => ladder[level]);
  }

  /** path(0): every node of the piece costs the coarsest scale. Node 0 is no frame, but all plans pay for it alike. */
  #renewEveryFrame(price) {
    const distances = this.#distances;
    for (let node = 0; node < distances.end; node++) {
      const row = distances.row(node);
      for (let span = 1; span <= distances.width(node); span++) {
        this.#pieces[row + span] = price * distances.ladder[0] * span;
      }
    }
  }

  #makePieces(band, price) {
    const { ladder, tables, end } = this.#distances;
    const renewal = price * (ladder[band] - ladder[band - 1]);
    for (let node = 0; node < end; node++) {
      const row = this.#distances.row(node);
      const last = row + this.#distances.width(node);
      for (let at = row + 1; at <= last; at++) this.#pieces[at] += tables[band][at] + renewal;
    }
  }

  /** path(band, start, v) for every v within reach. */
  #findPaths(band, start) {
    const from = this.#distances.row(start);
    const width = this.#distances.width(start);
    const cuts = this.#cuts[band];
    const [paths, pieces] = [this.#paths, this.#pieces];
    paths.fill(Infinity, from, from + width + 1);
    paths[from] = 0;
    for (let done = 0; done < width; done++) {
      const row = this.#distances.row(start + done);
      for (let span = 1; span <= width - done; span++) {
        const cost = paths[from + done] + pieces[row + span];
        if (cost >= paths[from + done + span]) continue;
        paths[from + done + span] = cost;
        cuts[from + done + span] = start + done;
      }
    }
  }

  /** The path of the finest band over the whole clip: for each node the node where its last piece starts. */
  #findFinestPath() {
    const { end } = this.#distances;
    const costs = new Float64Array(end + 1).fill(Infinity);
    const cuts = new Int32Array(end + 1);
    costs[0] = 0;
    for (let node = 0; node < end; node++) {
      const row = this.#distances.row(node);
      for (let span = 1; span <= this.#distances.width(node); span++) {
        const cost = costs[node] + this.#pieces[row + span];
        if (cost >= costs[node + span]) continue;
        costs[node + span] = cost;
        cuts[node + span] = node;
      }
    }
    return cuts;
  }

  /**
   * Walks a band's path back from `end` to `start`, notes who renews it, and does the same for the coarser bands inside
   * each piece.
   * @param {(end: number) => number} lastCut
   */
  #mark(levels, band, start, end, lastCut) {
    for (let v = end; v > start;) {
      const u = lastCut(v);
      levels[u] = Math.max(levels[u], band);
      const row = this.#distances.row(u);
      if (band > 1) this.#mark(levels, band - 1, u, v, (node) => this.#cuts[band - 1][row + node - u]);
      v = u;
    }
  }
}
