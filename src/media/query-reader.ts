/** What has to do with a question, in the features of a frame. */
export interface QueryRelevance {
  /** The question. Equal questions about the features of one encoder give equal numbers. */
  readonly text: string;
  /**
   * How much each cell has to do with it: the larger, the more.
   * @param grid - features, or block means of them, `[cells, channels]`, read only
   * @returns `[cells]`, finite; read it before the next call
   */
  relevance(grid: Float32Array): ArrayLike<number>;
}

/** A question that was just asked. */
export interface StandingQuery extends QueryRelevance {
  /**
   * Resolves when the question was understood, and `relevance` may be called. Rejects with ENCODER_FAILED, ENCODER_MISMATCH
   * or ABORTED where that is not to be.
   */
  readonly ready: Promise<void>;
}

/** Understands questions about the features of one encoder. */
export interface QueryReader {
  /** Begins to read a question of 1 … 1024 characters. */
  ask(query: string): StandingQuery;
}
