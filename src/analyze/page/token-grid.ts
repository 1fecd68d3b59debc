import type { Ladder } from '../../media/token-scale.ts';
import { cellOf, levelOf } from '../../scales/scale-tree.ts';

/** The tokens of one frame as paths over its picture, in cells of the patch grid. */
export interface TokenGrid {
  /** For each level the outlines of its tokens; empty where it has none. */
  readonly outlines: readonly string[];
  /** Tokens of each level. */
  readonly counts: readonly number[];
  /** What no token covers: the receiver goes on with what it holds. */
  readonly held: string;
}

/** @param positions - of the tokens, as on the wire */
export function tokenGrid({ gridSide, scales }: Ladder, positions: Int32Array): TokenGrid {
  const outlines = scales.map(() => '');
  const counts = scales.map(() => 0);
  let covered = '';
  for (const position of positions) {
    const level = levelOf(position);
    const scale = scales[level];
    if (scale === undefined) continue;
    const block = gridSide / scale.side;
    const cell = cellOf(position);
    const x = (cell % scale.side) * block;
    const y = Math.floor(cell / scale.side) * block;
    const square = `M${x} ${y}h${block}v${block}h-${block}z`;
    outlines[level] = `${outlines[level] ?? ''}${square}`;
    counts[level] = (counts[level] ?? 0) + 1;
    covered += square;
  }
  // Drawn by the even-odd rule: the whole frame less what tokens cover.
  return { outlines, counts, held: `M0 0h${gridSide}v${gridSide}h-${gridSide}z${covered}` };
}
