import type { ChangeScore } from '../media/change-score.ts';
import { ceiling } from '../media/token-scale.ts';
import type { Ladder, TokenScale } from '../media/token-scale.ts';
import { ReceiverState } from '../scales/receiver-state.ts';
import { CameraUnrest } from './camera-unrest.ts';
import { countedCells, gather } from './counted-cells.ts';
import { CutDetector } from './cut-detector.ts';
import type { CutVerdict } from './cut-detector.ts';
import { LightWait } from './light-wait.ts';
import { NoiseFloor } from './noise-floor.ts';
import { DESCRIPTOR_CHANNELS, PixelDescriptor } from './pixel-descriptor.ts';
import { RestlessCells } from './restless-cells.ts';
import { SignificantResidual } from './significant-residual.ts';

/** A residual is significant above this many noise floors … */
const SIGNIFICANT = 3;

/** … and above this energy, squared grey levels a cell: the steps that a codec makes at its key frames stay under it. */
const LEAST_ENERGY = 24;

/** … by this many times what flicker and shake of the camera do to the cell: single steps vary, and so do cells. */
const UNRESTFUL = 12;

/** What the detector wants to know of the stream. */
export interface ChangeDetectorOptions {
  /** Of the square frames, pixels. */
  readonly frameSide: number;
  readonly ladder: Ladder;
  /** Shortest scene, seconds. */
  readonly minSceneS: number;
  /** `[gridSide²]`, row-major, as `ignoredCells` makes it: 1 where changes do not count. Default: all count. Not kept. */
  readonly ignore?: ArrayLike<number> | undefined;
  /**
   * The stream is one camera's that looks at one place: another light is waited for until it rests, and cells that always
   * change are learned. Default false: in a film a fade is no nuisance.
   */
  readonly camera?: boolean | undefined;
}

/**
 * Scores each frame against what the receiver holds, in the domain of a cheap pixel descriptor.
 *
 * The hinge of the closed loop: `score` proposes this frame as the next reference, `sent` says what became of it.
 * Both run before the next frame's `score`. A frame sent at the finest scale of the ladder leaves no residual, since
 * nothing finer can be sent; a coarser one leaves what its block means cannot say.
 *
 * What is excused, since it is another light that is waited for or what a restless cell always does, counts as nothing
 * but `staleS` and a trace of energy, so that it is refreshed at the latest like all the rest.
 */
export class ChangeDetector {
  readonly #ladder: Ladder;
  readonly #descriptor: PixelDescriptor;
  readonly #receiver: ReceiverState;
  readonly #noise: NoiseFloor;
  readonly #unrest: CameraUnrest;
  readonly #cuts: CutDetector;
  /** Of a camera alone. */
  readonly #light: LightWait | undefined;
  readonly #restless: RestlessCells | undefined;
  readonly #significant: SignificantResidual;
  /** Raster indices of the cells that count. */
  readonly #cells: Int32Array;
  #now: Float32Array<ArrayBuffer>;
  #before: Float32Array<ArrayBuffer>;
  /** Of each cell: energy of its residual, and of its difference to the frame before. */
  readonly #energies: Float32Array;
  readonly #differences: Float32Array;
  /** Those of the cells that count, and, where not all do, their descriptors of two frames. */
  readonly #countedDifferences: Float32Array;
  readonly #countedPair: readonly [Float32Array, Float32Array] | undefined;
  #frames = 0;

  /** @throws FramenestError OPTION_INVALID where `ignore` does not fit the grid or leaves no cell; ENCODER_CARD_INVALID */
  constructor(options: ChangeDetectorOptions) {
    const { ladder } = options;
    const all = ladder.gridSide ** 2;
    const cells = countedCells(options.ignore, all);
    const descriptor = (count: number): Float32Array<ArrayBuffer> => new Float32Array(count * DESCRIPTOR_CHANNELS);
    this.#ladder = ladder;
    this.#descriptor = new PixelDescriptor(options.frameSide, ladder.gridSide);
    this.#receiver = new ReceiverState(ladder, DESCRIPTOR_CHANNELS);
    this.#noise = new NoiseFloor(cells.length);
    this.#unrest = new CameraUnrest(ladder.gridSide, cells);
    this.#cuts = new CutDetector(options.minSceneS);
    this.#light = options.camera ? new LightWait(cells) : undefined;
    this.#restless = options.camera ? new RestlessCells(ladder.gridSide, cells) : undefined;
    this.#significant = new SignificantResidual(ladder, cells);
    this.#cells = cells;
    this.#now = descriptor(all);
    this.#before = descriptor(all);
    this.#energies = new Float32Array(all);
    this.#differences = new Float32Array(all);
    this.#countedDifferences = new Float32Array(cells.length);
    this.#countedPair = cells.length < all ? [descriptor(cells.length), descriptor(cells.length)] : undefined;
  }

  /**
   * `[gridSide²]`, row-major: 1 where the frame scored last shows something new, 0 elsewhere; for `Activity`. It is evident,
   * and came or moved with this frame; what stays, what is ignored and what is excused is not in it. Read it; the next
   * `score` overwrites it.
   */
  get newCells(): Uint8Array {
    return this.#significant.newCells;
  }

  /**
   * @param rgb - `frameSide² * 3` bytes, read only; not kept
   * @param timeS - the frame's presentation time in seconds, ascending
   */
  score(rgb: Uint8Array, timeS: number): ChangeScore {
    [this.#now, this.#before] = [this.#before, this.#now];
    this.#descriptor.describe(rgb, this.#now);
    if (this.#frames++ === 0) return this.#firstScore(timeS);
    const verdict = this.#judgeCut(timeS);
    this.#measureDifferences();
    if (!verdict.cut) this.#noise.learn(gather(this.#differences, this.#cells, 1, this.#countedDifferences));
    this.#unrest.learn(this.#before, this.#now, this.#noise.value);
    const residual = this.#receiver.residual(this.#now);
    const changed = this.#measureResidual(residual);
    const otherLight = this.#light !== undefined && this.#judgeLight(this.#light, changed, timeS);
    const taken = this.#significant.take({
      residual,
      energies: this.#energies,
      differences: this.#differences,
      timeS,
      thresholdOf: this.#thresholdOf,
      excuses: this.#excuses,
    });
    if (otherLight || verdict.cut) this.#restless?.skip(this.#now, timeS);
    else this.#restless?.learn(this.#now, this.#differences, timeS, this.#thresholdOf);
    return {
      value: taken.changed / this.#cells.length,
      holdEnergy: taken.holdEnergy,
      scaleEnergies: this.#ladder.scales.map((scale) => (taken.changed === 0 ? 0 : this.#energyAfter(scale))),
      ...verdict,
      first: false,
      staleS: timeS - taken.oldest,
      noiseFloor: this.#noise.value,
    };
  }

  /** What became of the frame scored last: sent at a scale, or held (`undefined`). */
  sent(scale: TokenScale | undefined): void {
    if (scale === undefined) return;
    this.#light?.rest();
    if (scale.level < ceiling(this.#ladder).level) {
      this.#receiver.send(this.#now, scale);
      this.#significant.leave();
      return;
    }
    this.#receiver.replace(this.#now);
    this.#significant.clear();
  }

  #firstScore(timeS: number): ChangeScore {
    this.#restless?.skip(this.#now, timeS);
    const scaleEnergies = this.#ladder.scales.map(() => 0);
    return { value: 1, holdEnergy: 0, scaleEnergies, cut: false, flash: false, first: true, staleS: 0, noiseFloor: 0 };
  }

  #judgeCut(timeS: number): CutVerdict {
    const n = DESCRIPTOR_CHANNELS;
    if (!this.#countedPair) return this.#cuts.judge(this.#before, this.#now, n, timeS);
    const before = gather(this.#before, this.#cells, n, this.#countedPair[0]);
    const now = gather(this.#now, this.#cells, n, this.#countedPair[1]);
    return this.#cuts.judge(before, now, n, timeS);
  }

  #measureDifferences(): void {
    const n = DESCRIPTOR_CHANNELS;
    for (const cell of this.#cells) {
      let sum = 0;
      for (let i = cell * n; i < (cell + 1) * n; i++) sum += (this.#now[i]! - this.#before[i]!) ** 2;
      this.#differences[cell] = sum / n;
    }
  }

  /** @returns whether a cell's residual is significant */
  #measureResidual(residual: Float32Array): boolean {
    let changed = false;
    for (const cell of this.#cells) {
      const energy = cellEnergy(residual, cell);
      this.#energies[cell] = energy;
      changed ||= energy > this.#thresholdOf(cell, energy);
    }
    return changed;
  }

  /** @returns whether another light was or is waited for; when that begins or ends, noise and unrest are others */
  #judgeLight(light: LightWait, changed: boolean, timeS: number): boolean {
    const waited = light.waiting;
    if (changed) light.judge(this.#receiver.held, this.#now, timeS);
    else light.rest();
    if (light.waiting !== waited) {
      this.#noise.relearn();
      this.#unrest.relearn();
    }
    return waited || light.waiting;
  }

  /** What the camera does to a cell is asked only where it matters. */
  readonly #thresholdOf = (cell: number, energy: number): number => {
    const floor = Math.max(LEAST_ENERGY, SIGNIFICANT * this.#noise.value);
    return energy > floor ? floor + UNRESTFUL * this.#unrest.energyOf(this.#now, cell) : floor;
  };

  readonly #excuses = (cell: number, threshold: number, energy: number): boolean =>
    this.#restless?.excuses(cell, energy) === true ||
    this.#light?.excuses(this.#receiver.held, this.#now, cell, threshold, energy) === true;

  #energyAfter(scale: TokenScale): number {
    return this.#significant.energyAfter(scale, this.#receiver.parentsOf(scale));
  }
}

/** Mean square of one cell's values. No view of the cell: 576 of them a frame would cost more than the sums. */
function cellEnergy(values: Float32Array, cell: number): number {
  let sum = 0;
  for (let i = cell * DESCRIPTOR_CHANNELS; i < (cell + 1) * DESCRIPTOR_CHANNELS; i++) sum += values[i]! ** 2;
  return sum / DESCRIPTOR_CHANNELS;
}
