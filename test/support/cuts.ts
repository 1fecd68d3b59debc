import type { Ladder } from '#dist/media/token-scale.js';
import { parentCell } from '#dist/scales/pool.js';
import { cellOf, levelOf } from '#dist/scales/scale-tree.js';

/** The cells of a ladder's finest grid that the token at a position stands for. */
export function cellsUnder({ scales }: Ladder, position: number): number[] {
  const { side } = scales[levelOf(position)]!;
  const finest = scales.at(-1)!.side;
  const cells = Array.from({ length: finest ** 2 }, (_, cell) => cell);
  return cells.filter((cell) => parentCell(cell, finest, side) === cellOf(position));
}

/** Whether no cell is told of twice. */
export function isAntichain(ladder: Ladder, positions: Iterable<number>): boolean {
  const told = [...positions].flatMap((position) => cellsUnder(ladder, position));
  return new Set(told).size === told.length;
}
