import type { Ladder } from '../media/token-scale.ts';
import { parentCell } from './pool.ts';

/** Positions on the wire are level × 1024 + raster index: no level may have more tokens. */
export const POSITION_STRIDE = 1024;

/** The tree that a ladder's scales make: every token of a level covers a block of tokens of the next finer one. */
export interface ScaleTree {
  /** Tokens of each level, coarsest first. */
  readonly sizes: readonly number[];
  /** For each level but the coarsest, the parent of every token: an index into the level above. */
  readonly parents: readonly Int32Array[];
  /** For each level but the finest, the children of every token, `[tokens × fan-out]`: indices into the level below. */
  readonly children: readonly Int32Array[];
}

/** Makes the tree of a ladder. The finest scale of the ladder is its leaves; the encoder's grid may be finer still. */
export function scaleTree({ scales }: Ladder): ScaleTree {
  const parents = scales.map((scale, level) => {
    const above = scales[level - 1];
    if (!above) return new Int32Array(0);
    return Int32Array.from({ length: scale.tokens }, (_, cell) => parentCell(cell, scale.side, above.side));
  });
  const children = scales.slice(0, -1).map((scale, level) => {
    const fanOut = scales[level + 1]!.tokens / scale.tokens;
    const out = new Int32Array(scale.tokens * fanOut);
    const filled = new Int32Array(scale.tokens);
    parents[level + 1]!.forEach((parent, child) => {
      out[parent * fanOut + filled[parent]!++] = child;
    });
    return out;
  });
  return { sizes: scales.map((scale) => scale.tokens), parents, children };
}

/** Where a token stands, as the wire carries it. */
export function positionOf(level: number, cell: number): number {
  return level * POSITION_STRIDE + cell;
}

/** The level of a position. */
export function levelOf(position: number): number {
  return Math.floor(position / POSITION_STRIDE);
}

/** The raster index of a position in its level's grid. */
export function cellOf(position: number): number {
  return position % POSITION_STRIDE;
}
