/** One nested level of the pooled patch grid: `tokens = side * side` block means. */
export interface TokenScale {
  /** Position in the ladder; 0 is the coarsest. */
  readonly level: number;
  /** Rows, and columns, of this level's grid. */
  readonly side: number;
  readonly tokens: number;
}

/** The scales that a stream may use, coarsest first; each side divides the next, the last divides the patch grid's. */
export interface Ladder {
  /** Rows, and columns, of the encoder's patch grid: 24 for 384 px in 16-px patches. */
  readonly gridSide: number;
  readonly scales: readonly TokenScale[];
}

/** The finest scale of a ladder: what a cut or a first frame gets. */
export function ceiling(ladder: Ladder): TokenScale {
  const finest = ladder.scales.at(-1);
  if (!finest) throw new RangeError('A ladder has at least one scale.');
  return finest;
}
