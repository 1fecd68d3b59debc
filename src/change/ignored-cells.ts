import type { Region } from '../media/region.ts';
import { toSquare } from './square-region.ts';
import type { SquareGeometry } from './square-region.ts';

/** Shares of a cell under this are rounding, not overlap. */
const ROUNDING = 1e-6;

/** Which parts of a camera's picture count. */
export interface CellMask extends SquareGeometry {
  /** What happens there does not count. */
  readonly ignore?: readonly Region[];
  /** Only what happens here counts; default the whole picture. */
  readonly regions?: readonly Region[] | undefined;
  /** Rows, and columns, of the patch grid. */
  readonly gridSide: number;
}

/**
 * The cells of the patch grid in which changes do not count: those of which more than half lies under `ignore`, and, with
 * `regions`, those that touch none of them. Where both speak of a cell, `ignore` wins.
 * @returns `[gridSide²]`, row-major, 1 where ignored; the caller's
 */
export function ignoredCells({ ignore = [], regions, gridSide, ...geometry }: CellMask): Uint8Array<ArrayBuffer> {
  const hidden = ignore.map((region) => toSquare(region, geometry));
  const kept = regions?.map((region) => toSquare(region, geometry));
  return Uint8Array.from({ length: gridSide ** 2 }, (_, cell) => {
    const at = { x: cell % gridSide, y: Math.floor(cell / gridSide) };
    const covered = (by: readonly Region[]): number => coveredShare(at, gridSide, by);
    return covered(hidden) > 0.5 + ROUNDING || (kept && covered(kept) < ROUNDING) ? 1 : 0;
  });
}

/** Share of one cell that lies under at least one of the rectangles, 0 … 1. */
function coveredShare({ x, y }: { x: number; y: number }, gridSide: number, rectangles: readonly Region[]): number {
  const inCell = (value: number): number => Math.max(0, Math.min(1, value));
  const boxes = rectangles.map((r) => ({
    left: inCell(r.x * gridSide - x),
    right: inCell((r.x + r.width) * gridSide - x),
    top: inCell(r.y * gridSide - y),
    bottom: inCell((r.y + r.height) * gridSide - y),
  }));
  const steps = (edges: readonly number[]): number[] => edges.toSorted((a, b) => a - b);
  const across = steps(boxes.flatMap(({ left, right }) => [left, right]));
  const down = steps(boxes.flatMap(({ top, bottom }) => [top, bottom]));
  let share = 0;
  for (let i = 1; i < across.length; i++) {
    for (let j = 1; j < down.length; j++) {
      const [left, right, top, bottom] = [across[i - 1]!, across[i]!, down[j - 1]!, down[j]!];
      const under = boxes.some((b) => b.left <= left && b.right >= right && b.top <= top && b.bottom >= bottom);
      if (under) share += (right - left) * (bottom - top);
    }
  }
  return share;
}
