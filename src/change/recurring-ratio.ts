import { nthSmallest } from './nth-smallest.ts';

/** Weight of one frame in the running means. */
const RATE = 0.1;

/** What the whole picture does is read at this quantile of its cells: in most of them nothing else may happen. */
const QUIET_SHARE = 0.3;

/** Fewer cells than this share of those that were asked say nothing of the whole picture. */
const LEAST_SHARE = 0.1;

/**
 * What share of itself the whole picture changes by from frame to frame, and comes back. What does not come back is no
 * unrest of the camera: over a longer time motion, fades and scrolling change a picture more than from one frame to the
 * next, flicker and shake do not. Call `add` for each cell of a frame that can tell, then `learn`.
 */
export class RecurringRatio {
  readonly #most: number;
  readonly #shorts: Float32Array;
  readonly #longs: Float32Array;
  #cells = 0;
  #short = 0;
  #long = 0;
  #frames = 0;

  /**
   * @param cells - that are asked in a frame
   * @param most - a ratio above this is no unrest any more
   */
  constructor(cells: number, most: number) {
    this.#most = most;
    this.#shorts = new Float32Array(cells);
    this.#longs = new Float32Array(cells);
  }

  /** The ratio, 0 … `most`; 0 where more changes than unrest explains, or nothing. */
  get value(): number {
    const recurring = 2 * this.#short - this.#long;
    return recurring > 0 && recurring <= this.#most ? recurring : 0;
  }

  /** What was learned is worth little from now on. */
  relearn(): void {
    this.#frames = 0;
  }

  /**
   * One cell of a frame; at most `cells` of them.
   * @param short - share by which it changed from the frame before, ≥ 0
   * @param long - share by which it changed from an older frame, ≥ 0
   */
  add(short: number, long: number): void {
    this.#shorts[this.#cells] = short;
    this.#longs[this.#cells] = long;
    this.#cells++;
  }

  /** The frame's cells are all there. */
  learn(): void {
    const rate = Math.max(RATE, 1 / ++this.#frames);
    this.#short += rate * (this.#quiet(this.#shorts) - this.#short);
    this.#long += rate * (this.#quiet(this.#longs) - this.#long);
    this.#cells = 0;
  }

  #quiet(ratios: Float32Array): number {
    if (this.#cells < LEAST_SHARE * ratios.length) return 0;
    return nthSmallest(ratios, Math.floor(this.#cells * QUIET_SHARE), this.#cells);
  }
}
