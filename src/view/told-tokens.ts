import type { Ladder } from '../media/token-scale.ts';
import { parentCell } from '../scales/pool.ts';
import { cellOf, levelOf, positionOf } from '../scales/scale-tree.ts';

/**
 * The tokens that a frame tells: position → the row of its packet that says it, or {@link FROM_GRID}. No token lies inside
 * another one's block, unless the inner one stands later.
 */
export type ToldTokens = Map<number, number>;

/** In place of a row: the token is the mean of X̂ over its block. */
export const FROM_GRID = -1;

/** The position of the block at a coarser level, or the same one, in which a position lies. */
export function ancestorAt({ scales }: Ladder, position: number, level: number): number {
  const own = scales[levelOf(position)];
  const above = scales[level];
  if (!own || !above) throw new RangeError(`No level ${level} above position ${position}.`);
  return positionOf(level, parentCell(cellOf(position), own.side, above.side));
}

/**
 * The same frame at a level or coarser: what is finer becomes one token of that level for each block that holds any, after
 * the others.
 */
export function coarsened(ladder: Ladder, told: ReadonlyMap<number, number>, level: number): ToldTokens {
  const out: ToldTokens = new Map();
  for (const [position, row] of told) if (levelOf(position) <= level) out.set(position, row);
  for (const position of told.keys()) {
    if (levelOf(position) > level) out.set(ancestorAt(ladder, position, level), FROM_GRID);
  }
  return out;
}

/** The finest level among these tokens, at least 0. */
export function finestLevel(positions: Iterable<number>): number {
  let finest = 0;
  for (const position of positions) finest = Math.max(finest, levelOf(position));
  return finest;
}
