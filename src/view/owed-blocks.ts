import type { Ladder } from '../media/token-scale.ts';
import { cellOf, levelOf, positionOf, scaleTree } from '../scales/scale-tree.ts';
import type { ScaleTree } from '../scales/scale-tree.ts';
import { FROM_GRID, ancestorAt, coarsened } from './told-tokens.ts';
import type { ToldTokens } from './told-tokens.ts';

/**
 * What one subscriber was told too coarsely: the blocks of the scale tree that are *open*, whose inside changed without
 * being told. At most as many as the tree has blocks above its finest scale (46 of the ladder 1, 9, 36, 144).
 *
 * Invariant: where no open block lies around a block, the subscriber holds the right mean of it. It stays so because a token
 * inside an open block is told as the outermost open block's mean, until that block is closed: all of its children are
 * told, at once. (One child alone would put the mean of the block wrong, and with it everything around.) A closed
 * block's inside stays right, whatever is told of its mean. With nothing open, all is right.
 */
export class OwedBlocks {
  readonly #ladder: Ladder;
  readonly #tree: ScaleTree;
  /** Positions, the one that changed first before. A block never changed before one inside it did. */
  readonly #open = new Set<number>();

  /** @param ladder - the scales that the subscriber gets */
  constructor(ladder: Ladder) {
    this.#ladder = ladder;
    this.#tree = scaleTree(ladder);
  }

  /** Open blocks. */
  get size(): number {
    return this.#open.size;
  }

  /** The level at which telling the whole grid would close every block; 0 where none is open. */
  get finest(): number {
    let finest = 0;
    for (const block of this.#open) finest = Math.max(finest, levelOf(block) + 1);
    return finest;
  }

  /** Whether telling the whole grid at `level` instead of at a coarser one would close anything. */
  between(coarser: number, level: number): boolean {
    for (const block of this.#open) if (levelOf(block) >= coarser && levelOf(block) < level) return true;
    return false;
  }

  /** Another epoch: both start from nothing. */
  clear(): void {
    this.#open.clear();
  }

  /** Blocks whose inside nobody asks for any more. */
  forget(isUnwanted: (block: number) => boolean): void {
    for (const block of this.#open) if (isUnwanted(block)) this.#open.delete(block);
  }

  /** The whole grid was told at a level, where it had changed down to another one. */
  whole(level: number, changed: number): void {
    for (const block of this.#open) if (levelOf(block) < level) this.#open.delete(block);
    for (let open = changed - 1; open >= level; open--) {
      for (let cell = 0; cell < (this.#tree.sizes[open] ?? 0); cell++) this.#reopen(positionOf(open, cell));
    }
  }

  /**
   * What to tell of a frame: all of it if that is allowed, else at the largest scale that is; and with what is left of
   * `most`, blocks that are open, the newest change first.
   * @param told - the frame's tokens, of this ladder
   * @param level - the finest that is allowed
   * @param most - tokens, ≥ 1
   */
  fit(told: ToldTokens, level: number, most: number): ToldTokens {
    const raised: ToldTokens = new Map();
    for (const [position, row] of told) {
      const around = this.#openAround(position);
      if (around === undefined) raised.set(position, row);
      else raised.set(around, FROM_GRID);
    }
    let chosen = coarsened(this.#ladder, raised, level);
    for (let coarser = level - 1; chosen.size > most && coarser >= 0; coarser--) {
      chosen = coarsened(this.#ladder, raised, coarser);
    }
    for (const position of told.keys()) this.#owe(position, chosen);
    this.#repay(chosen, told, level, most);
    return chosen;
  }

  /** Opens the blocks around a token, from the one that stands for it inwards. */
  #owe(position: number, chosen: ToldTokens): void {
    const path: number[] = [];
    for (let at = position; !chosen.has(at);) {
      at = ancestorAt(this.#ladder, at, levelOf(at) - 1);
      path.push(at);
    }
    for (const block of path) this.#reopen(block);
  }

  /** Closes blocks with what is left of `most`. The frame stays a cut: a token around a block is told by its parts. */
  #repay(chosen: ToldTokens, told: ToldTokens, level: number, most: number): void {
    for (const block of [...this.#open].reverse()) {
      if (levelOf(block) >= level || this.#openAround(block) !== undefined) continue;
      const parts = this.#partsUpTo(block, chosen);
      const split = new Set(parts ?? [block]);
      const children = [...split].flatMap((part) => this.#childrenOf(part)).filter((child) => !split.has(child));
      if (chosen.size - (parts ? 1 : 0) + children.length > most) continue;
      this.#open.delete(block);
      for (const part of split) chosen.delete(part);
      for (const child of children) chosen.set(child, told.get(child) ?? FROM_GRID);
    }
  }

  /** A block and those around it, up to one that is told; `undefined` where none of them is. */
  #partsUpTo(block: number, chosen: ToldTokens): number[] | undefined {
    const parts: number[] = [];
    for (let level = levelOf(block); level >= 0; level--) {
      const part = ancestorAt(this.#ladder, block, level);
      parts.push(part);
      if (chosen.has(part)) return parts;
    }
    return undefined;
  }

  /** The outermost open block around a position, itself not counted. */
  #openAround(position: number): number | undefined {
    if (this.#open.size === 0) return undefined;
    for (let level = 0; level < levelOf(position); level++) {
      const block = ancestorAt(this.#ladder, position, level);
      if (this.#open.has(block)) return block;
    }
    return undefined;
  }

  #childrenOf(block: number): number[] {
    const level = levelOf(block);
    const all = this.#tree.children[level] ?? new Int32Array(0);
    const count = all.length / (this.#tree.sizes[level] ?? 1);
    const from = cellOf(block) * count;
    return Array.from(all.subarray(from, from + count), (cell) => positionOf(level + 1, cell));
  }

  #reopen(block: number): void {
    this.#open.delete(block);
    this.#open.add(block);
  }
}
