import { ceiling } from '../media/token-scale.ts';
import type { Ladder, TokenScale } from '../media/token-scale.ts';
import { blockMean } from '../scales/pool.ts';
import { DESCRIPTOR_CHANNELS } from './pixel-descriptor.ts';

/** A residual that stands still counts for more, the longer it does, up to this many frames. */
const AGE_CAP = 64;

/** What is excused counts next to nothing, squared grey levels of the picture: enough to be refreshed, no more. */
const EXCUSED_ENERGY = 1;

/** A residual this many times above significance is something to see, and no stray value of the noise. */
const EVIDENT = 2;

/** A frame's residual and what it is judged by. */
export interface ResidualFrame {
  /** X − X̂, `[all cells, 18]`, read only. */
  readonly residual: Float32Array;
  /** `[all cells]`: energy of each cell's residual, and of its difference to the frame before. */
  readonly energies: Float32Array;
  readonly differences: Float32Array;
  /** Presentation time, seconds. */
  readonly timeS: number;
  /** Energy above which a cell's residual is significant. */
  readonly thresholdOf: (cell: number, energy: number) => number;
  /** Whether a significant residual is what the camera, or the cell, always does. */
  readonly excuses: (cell: number, threshold: number, energy: number) => boolean;
}

/** The part of a residual that counts, cell by cell, and for how long it has. */
export class SignificantResidual {
  /** `[all cells]`: 1 where something evident is new in this frame, 0 elsewhere. */
  readonly newCells: Uint8Array<ArrayBuffer>;
  readonly #ladder: Ladder;
  readonly #cells: Int32Array;
  /** The residual with the insignificant cells set to 0, `[all cells, 18]`, and its block means. */
  readonly #masked: Float32Array<ArrayBuffer>;
  readonly #pooled: Float32Array<ArrayBuffer>;
  /** The significant cells, `#changed` of them; and 1 for each token of a scale that has one. */
  readonly #changedCells: Int32Array;
  readonly #live: Uint8Array;
  #changed = 0;
  /** Frames for which each cell's residual has stood still. */
  readonly #age: Float32Array;
  /** When each cell's residual became significant, seconds; NaN where it is not. */
  readonly #since: Float64Array;
  /** The frame before went out at a coarser scale. */
  #unsaid = false;

  /** @param cells - raster indices of those that count */
  constructor(ladder: Ladder, cells: Int32Array) {
    const all = ladder.gridSide ** 2;
    this.newCells = new Uint8Array(all);
    this.#ladder = ladder;
    this.#cells = cells;
    this.#masked = new Float32Array(all * DESCRIPTOR_CHANNELS);
    this.#pooled = new Float32Array(all * DESCRIPTOR_CHANNELS);
    this.#changedCells = new Int32Array(cells.length);
    this.#live = new Uint8Array(all);
    this.#age = new Float32Array(all);
    this.#since = new Float64Array(all).fill(NaN);
  }

  /**
   * Keeps the significant part, ages its cells, and marks those that are new.
   * @returns `changed` cells; the weighted energy if nothing is sent; when the oldest part appeared, excused ones included
   */
  take(frame: ResidualFrame): { changed: number; holdEnergy: number; oldest: number } {
    this.#masked.fill(0);
    this.newCells.fill(0);
    this.#changed = 0;
    let holdEnergy = 0;
    let oldest = frame.timeS;
    for (const cell of this.#cells) {
      const energy = frame.energies[cell]!;
      const threshold = frame.thresholdOf(cell, energy);
      if (energy <= threshold) {
        this.#age[cell] = 0;
        this.#since[cell] = NaN;
        continue;
      }
      const appeared = this.#appears(cell, frame.timeS) && !this.#unsaid;
      oldest = Math.min(oldest, this.#since[cell]!);
      if (frame.excuses(cell, threshold, energy)) {
        this.#age[cell] = 0;
        holdEnergy = Math.max(holdEnergy, EXCUSED_ENERGY);
        continue;
      }
      const still = frame.differences[cell]! <= threshold;
      this.#age[cell] = still ? Math.min(AGE_CAP, this.#age[cell]! + 1) : 0;
      this.newCells[cell] = Number(energy > EVIDENT * threshold && (appeared || !still));
      const end = (cell + 1) * DESCRIPTOR_CHANNELS;
      for (let i = cell * DESCRIPTOR_CHANNELS; i < end; i++) this.#masked[i] = frame.residual[i]!;
      this.#changedCells[this.#changed++] = cell;
      holdEnergy += (1 + this.#age[cell]) * energy;
    }
    this.#unsaid = false;
    return { changed: this.#changed, holdEnergy, oldest };
  }

  /** Whether the cell was not significant before this frame; notes since when it is. */
  #appears(cell: number, timeS: number): boolean {
    const appears = Number.isNaN(this.#since[cell]!);
    if (appears) this.#since[cell] = timeS;
    return appears;
  }

  /** The frame went out at a coarser scale: what that cannot say stays, and is not new when the next frame shows it. */
  leave(): void {
    this.#unsaid = true;
  }

  /** The receiver holds the frame: nothing is left. */
  clear(): void {
    this.#age.fill(0);
    this.#since.fill(NaN);
  }

  /**
   * Weighted energy that stays after sending `scale`.
   * @param parents - of each cell, the raster index of the token of `scale` that covers it
   */
  energyAfter(scale: TokenScale, parents: Int32Array): number {
    if (scale.level === ceiling(this.#ladder).level) return 0;
    const n = DESCRIPTOR_CHANNELS;
    const { gridSide } = this.#ladder;
    const masked = this.#masked;
    const pooled = this.#pooled;
    // A token all of whose cells are 0 leaves nothing: with a few significant cells, most do.
    const live = this.#live.fill(0);
    for (let k = 0; k < this.#changed; k++) {
      const token = parents[this.#changedCells[k]!]!;
      if (live[token] === 1) continue;
      live[token] = 1;
      blockMean(masked, gridSide, scale.side, token, n, pooled, token * n);
    }
    let sum = 0;
    for (let cell = 0; cell < parents.length; cell++) {
      const token = parents[cell]!;
      if (live[token] === 0) continue;
      const from = cell * n;
      const mean = token * n;
      let left = 0;
      for (let i = 0; i < n; i++) left += (masked[from + i]! - pooled[mean + i]!) ** 2;
      sum += (1 + this.#age[cell]!) * left;
    }
    return sum / n;
  }
}
