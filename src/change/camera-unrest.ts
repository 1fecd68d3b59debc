import { countedCells } from './counted-cells.ts';
import { DESCRIPTOR_CHANNELS, DESCRIPTOR_SIDE } from './pixel-descriptor.ts';
import { RecurringRatio } from './recurring-ratio.ts';

/** Lumas of a cell. */
const LUMAS = DESCRIPTOR_SIDE ** 2;

/** Cells darker than this mean square luma say nothing of the light, cells with less contrast nothing of a shift. */
const LEAST_LIGHT = 900;
const LEAST_CONTRAST = 20;

/** More is an event: light that changes by 6 % from frame to frame, a shift by more than about one pixel in 384. */
const MOST_LIGHT = 0.0036;
const MOST_SHIFT = 0.15;

/** The frame that is compared with over a longer time is this many frames old, up to twice as many. */
const LONG_FRAMES = 8;

/** It is learned from every fifth cell, so that all rows and columns count. */
const CELL_STRIDE = 5;

/**
 * Learns how unsteady a camera is: how much its light flickers, and how far it shakes, from frame to frame. Two numbers
 * for the picture; what they do to a cell follows from the cell. Flicker changes a cell by its own luma times a share, a
 * small shift by its own contrast: the first terms of a Taylor series (Lucas and Kanade 1981). So an unsteady camera is
 * told from things that move without a floor for each cell, which would learn a slow thing away.
 */
export class CameraUnrest {
  readonly #gridSide: number;
  /** By rows and columns of lumas in the whole picture: the two terms of a luma's place in a descriptor. */
  readonly #rowAt: Int32Array;
  readonly #columnAt: Int32Array;
  /** Cells that it is learned from. */
  readonly #samples: Int32Array;
  readonly #flicker: RecurringRatio;
  readonly #shake: RecurringRatio;
  /** An older frame, and the one that will take its place, `[cells, 18]`. */
  readonly #older: Float32Array;
  readonly #next: Float32Array;
  #frames = 0;

  /**
   * @param gridSide - rows, and columns, of the patch grid
   * @param counted - raster indices of the cells that count; default all
   */
  constructor(gridSide: number, counted = countedCells(undefined, gridSide ** 2)) {
    const cells = gridSide ** 2;
    this.#gridSide = gridSide;
    const places = { length: gridSide * DESCRIPTOR_SIDE };
    const cellOf = (i: number): number => Math.floor(i / DESCRIPTOR_SIDE) * DESCRIPTOR_CHANNELS;
    this.#rowAt = Int32Array.from(places, (_, i) => cellOf(i) * gridSide + (i % DESCRIPTOR_SIDE) * DESCRIPTOR_SIDE);
    this.#columnAt = Int32Array.from(places, (_, i) => cellOf(i) + (i % DESCRIPTOR_SIDE));
    this.#samples = counted.filter((_, i) => i % CELL_STRIDE === 0);
    this.#flicker = new RecurringRatio(this.#samples.length, MOST_LIGHT);
    this.#shake = new RecurringRatio(this.#samples.length, MOST_SHIFT);
    this.#older = new Float32Array(cells * DESCRIPTOR_CHANNELS);
    this.#next = new Float32Array(cells * DESCRIPTOR_CHANNELS);
  }

  /**
   * @param before - descriptor of the frame before, `[cells, 18]`, read only
   * @param now - descriptor of this frame, read only
   * @param noise - energy of a cell's difference that is sensor noise, squared grey levels
   */
  learn(before: Float32Array, now: Float32Array, noise: number): void {
    this.#keep(before);
    for (const cell of this.#samples) {
      const shortLight = lightChange(before, now, cell);
      const longLight = lightChange(this.#older, now, cell);
      const light = meanSquare(now, cell);
      if (light > LEAST_LIGHT) this.#flicker.add(shortLight / light, longLight / light);
      const contrast = this.#contrastOf(now, cell);
      if (contrast <= LEAST_CONTRAST) continue;
      const short = meanSquareChange(before, now, cell) - shortLight - noise;
      const long = meanSquareChange(this.#older, now, cell) - longLight - noise;
      this.#shake.add(Math.max(0, short) / contrast, Math.max(0, long) / contrast);
    }
    this.#flicker.learn();
    this.#shake.learn();
  }

  /** What was learned is worth little from now on: another light. */
  relearn(): void {
    this.#frames = 0;
    this.#flicker.relearn();
    this.#shake.relearn();
  }

  /**
   * What the camera alone does to a cell from one frame to the next, squared grey levels.
   * @param now - descriptor of a frame, `[cells, 18]`, read only
   */
  energyOf(now: Float32Array, cell: number): number {
    const flicker = this.#flicker.value;
    const shake = this.#shake.value;
    return (flicker && flicker * meanSquare(now, cell)) + (shake && shake * this.#contrastOf(now, cell));
  }

  #keep(before: Float32Array): void {
    if (this.#frames === 0) this.#next.set(before);
    if (this.#frames++ % LONG_FRAMES !== 0) return;
    this.#older.set(this.#next);
    this.#next.set(before);
  }

  /** Sum of the squared steps between neighbouring lumas, those over the cell's border included, for each luma. */
  #contrastOf(x: Float32Array, cell: number): number {
    const rowAt = this.#rowAt;
    const columnAt = this.#columnAt;
    const last = rowAt.length - 1;
    const top = Math.floor(cell / this.#gridSide) * DESCRIPTOR_SIDE;
    const left = (cell % this.#gridSide) * DESCRIPTOR_SIDE;
    let sum = 0;
    for (let i = 0; i < DESCRIPTOR_SIDE; i++) {
      const row = rowAt[top + i]!;
      for (let from = Math.max(0, left - 1); from < Math.min(last, left + DESCRIPTOR_SIDE); from++) {
        sum += (x[row + columnAt[from + 1]!]! - x[row + columnAt[from]!]!) ** 2;
      }
      const column = columnAt[left + i]!;
      for (let from = Math.max(0, top - 1); from < Math.min(last, top + DESCRIPTOR_SIDE); from++) {
        sum += (x[rowAt[from + 1]! + column]! - x[rowAt[from]! + column]!) ** 2;
      }
    }
    return sum / LUMAS;
  }
}

function meanSquare(x: Float32Array, cell: number): number {
  const from = cell * DESCRIPTOR_CHANNELS;
  let sum = 0;
  for (let i = from; i < from + LUMAS; i++) sum += x[i]! ** 2;
  return sum / LUMAS;
}

/** Square of what the cell's mean luma changed by. */
function lightChange(before: Float32Array, now: Float32Array, cell: number): number {
  const from = cell * DESCRIPTOR_CHANNELS;
  let sum = 0;
  for (let i = from; i < from + LUMAS; i++) sum += now[i]! - before[i]!;
  return (sum / LUMAS) ** 2;
}

/** Mean square of what the cell's lumas changed by. */
function meanSquareChange(before: Float32Array, now: Float32Array, cell: number): number {
  const from = cell * DESCRIPTOR_CHANNELS;
  let squares = 0;
  for (let i = from; i < from + LUMAS; i++) squares += (now[i]! - before[i]!) ** 2;
  return squares / LUMAS;
}
