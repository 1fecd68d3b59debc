import type { ChangeScore } from '../media/change-score.ts';
import { ceiling } from '../media/token-scale.ts';
import type { Ladder, TokenScale } from '../media/token-scale.ts';
import { pool } from '../scales/pool.ts';
import { ReceiverState } from '../scales/receiver-state.ts';
import { CameraUnrest } from './camera-unrest.ts';
import { CutDetector } from './cut-detector.ts';
import { NoiseFloor } from './noise-floor.ts';
import { DESCRIPTOR_CHANNELS, PixelDescriptor } from './pixel-descriptor.ts';

/** A residual is significant above this many noise floors … */
const SIGNIFICANT = 3;

/** … and above this energy, squared grey levels a cell: the steps that a codec makes at its key frames stay under it. */
const LEAST_ENERGY = 24;

/** … by this many times what flicker and shake of the camera do to the cell: single steps vary, and so do cells. */
const UNRESTFUL = 12;

/** A residual that stands still counts for more, the longer it does, up to this many frames. */
const AGE_CAP = 64;

/** What the detector wants to know of the stream. */
export interface ChangeDetectorOptions {
  /** Of the square frames, pixels. */
  readonly frameSide: number;
  readonly ladder: Ladder;
  /** Shortest scene, seconds. */
  readonly minSceneS: number;
}

/**
 * Scores each frame against what the receiver holds, in the domain of a cheap pixel descriptor.
 *
 * The hinge of the closed loop: `score` proposes this frame as the next reference, `sent` says what became of it.
 * Both run before the next frame's `score`. A frame sent at the finest scale of the ladder leaves no residual, since
 * nothing finer can be sent; a coarser one leaves what its block means cannot say.
 */
export class ChangeDetector {
  readonly #ladder: Ladder;
  readonly #descriptor: PixelDescriptor;
  readonly #receiver: ReceiverState;
  readonly #noise: NoiseFloor;
  readonly #unrest: CameraUnrest;
  readonly #cuts: CutDetector;
  #now: Float32Array<ArrayBuffer>;
  #before: Float32Array<ArrayBuffer>;
  /** Residual with the insignificant cells set to 0, `[cells, 18]`, and its block means. */
  readonly #masked: Float32Array<ArrayBuffer>;
  readonly #pooled: Float32Array<ArrayBuffer>;
  readonly #differences: Float32Array;
  /** Frames for which each cell's residual has stood still. */
  readonly #age: Float32Array;
  /** When each cell's residual became significant, seconds; NaN where it is not. */
  readonly #since: Float64Array;
  #frames = 0;

  constructor(options: ChangeDetectorOptions) {
    const { ladder } = options;
    const cells = ladder.gridSide ** 2;
    this.#ladder = ladder;
    this.#descriptor = new PixelDescriptor(options.frameSide, ladder.gridSide);
    this.#receiver = new ReceiverState(ladder, DESCRIPTOR_CHANNELS);
    this.#noise = new NoiseFloor(cells);
    this.#unrest = new CameraUnrest(ladder.gridSide);
    this.#cuts = new CutDetector(options.minSceneS);
    this.#now = new Float32Array(cells * DESCRIPTOR_CHANNELS);
    this.#before = new Float32Array(cells * DESCRIPTOR_CHANNELS);
    this.#masked = new Float32Array(cells * DESCRIPTOR_CHANNELS);
    this.#pooled = new Float32Array(cells * DESCRIPTOR_CHANNELS);
    this.#differences = new Float32Array(cells);
    this.#age = new Float32Array(cells);
    this.#since = new Float64Array(cells).fill(NaN);
  }

  /**
   * @param rgb - `frameSide² * 3` bytes, read only; not kept
   * @param timeS - the frame's presentation time in seconds, ascending
   */
  score(rgb: Uint8Array, timeS: number): ChangeScore {
    [this.#now, this.#before] = [this.#before, this.#now];
    this.#descriptor.describe(rgb, this.#now);
    if (this.#frames++ === 0) return this.#firstScore();
    const { cut, flash } = this.#cuts.judge(this.#before, this.#now, DESCRIPTOR_CHANNELS, timeS);
    this.#measureDifferences();
    if (!cut) this.#noise.learn(this.#differences);
    this.#unrest.learn(this.#before, this.#now, this.#noise.value);
    const { changed, holdEnergy, oldest } = this.#maskResidual(timeS);
    return {
      value: changed / this.#age.length,
      holdEnergy,
      scaleEnergies: this.#ladder.scales.map((scale) => (changed === 0 ? 0 : this.#energyAfter(scale))),
      cut,
      flash,
      first: false,
      staleS: timeS - oldest,
      noiseFloor: this.#noise.value,
    };
  }

  /** What became of the frame scored last: sent at a scale, or held (`undefined`). */
  sent(scale: TokenScale | undefined): void {
    if (scale === undefined) return;
    if (scale.level < ceiling(this.#ladder).level) {
      this.#receiver.send(this.#now, scale);
      return;
    }
    this.#receiver.replace(this.#now);
    this.#age.fill(0);
    this.#since.fill(NaN);
  }

  #firstScore(): ChangeScore {
    const scaleEnergies = this.#ladder.scales.map(() => 0);
    return { value: 1, holdEnergy: 0, scaleEnergies, cut: false, flash: false, first: true, staleS: 0, noiseFloor: 0 };
  }

  #measureDifferences(): void {
    const n = DESCRIPTOR_CHANNELS;
    for (let cell = 0; cell < this.#differences.length; cell++) {
      let sum = 0;
      for (let i = cell * n; i < (cell + 1) * n; i++) sum += (this.#now[i]! - this.#before[i]!) ** 2;
      this.#differences[cell] = sum / n;
    }
  }

  /** Keeps the significant part of X − X̂ and ages its cells. */
  #maskResidual(timeS: number): { changed: number; holdEnergy: number; oldest: number } {
    const n = DESCRIPTOR_CHANNELS;
    const residual = this.#receiver.residual(this.#now);
    const floor = Math.max(LEAST_ENERGY, SIGNIFICANT * this.#noise.value);
    this.#masked.fill(0);
    let changed = 0;
    let holdEnergy = 0;
    let oldest = timeS;
    for (let cell = 0; cell < this.#age.length; cell++) {
      const energy = cellEnergy(residual, cell);
      const threshold = energy > floor ? floor + UNRESTFUL * this.#unrest.energyOf(this.#now, cell) : floor;
      if (energy <= threshold) {
        this.#age[cell] = 0;
        this.#since[cell] = NaN;
        continue;
      }
      const still = this.#differences[cell]! <= threshold;
      this.#age[cell] = still ? Math.min(AGE_CAP, this.#age[cell]! + 1) : 0;
      if (Number.isNaN(this.#since[cell]!)) this.#since[cell] = timeS;
      for (let i = cell * n; i < (cell + 1) * n; i++) this.#masked[i] = residual[i]!;
      changed++;
      holdEnergy += (1 + this.#age[cell]!) * energy;
      oldest = Math.min(oldest, this.#since[cell]!);
    }
    return { changed, holdEnergy, oldest };
  }

  /** Weighted energy that stays after sending `scale`. */
  #energyAfter(scale: TokenScale): number {
    if (scale.level === ceiling(this.#ladder).level) return 0;
    const n = DESCRIPTOR_CHANNELS;
    const masked = this.#masked;
    const pooled = pool(masked, this.#ladder.gridSide, scale.side, n, this.#pooled);
    const parents = this.#receiver.parentsOf(scale);
    let sum = 0;
    for (let cell = 0; cell < parents.length; cell++) {
      const from = cell * n;
      const mean = parents[cell]! * n;
      let left = 0;
      for (let i = 0; i < n; i++) left += (masked[from + i]! - pooled[mean + i]!) ** 2;
      sum += (1 + this.#age[cell]!) * left;
    }
    return sum / n;
  }
}

/** Mean square of one cell's values. No view of the cell: 576 of them a frame would cost more than the sums. */
function cellEnergy(values: Float32Array, cell: number): number {
  let sum = 0;
  for (let i = cell * DESCRIPTOR_CHANNELS; i < (cell + 1) * DESCRIPTOR_CHANNELS; i++) sum += values[i]! ** 2;
  return sum / DESCRIPTOR_CHANNELS;
}
