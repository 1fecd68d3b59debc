import { nthSmallest } from './nth-smallest.ts';

/** Above this, squared grey levels a cell, it is no noise: a scene in which everything moves must not teach it. */
const CEILING = 40;

/** Share of the cells taken as quiet when learning. */
const QUIET_SHARE = 0.3;

/** The quiet share's quantile of a χ² distribution lies this far under its mean (18 values a cell). */
const QUANTILE_OF_MEAN = 0.85;

/** How fast it learns from a frame: quick to fall, slow to rise, so that a passing crowd does not raise it. */
const FALL = 0.3;
const RISE = 0.05;

/**
 * Learns, per source, how much a cell differs from one frame to the next when nothing happens: sensor noise, flicker
 * and recompression. One number for the picture, from its quietest cells; per-cell floors would learn a slow object away.
 */
export class NoiseFloor {
  #value = 0;
  #frames = 0;
  readonly #energies: Float32Array;

  /** @param cells - of the patch grid, those that count */
  constructor(cells: number) {
    this.#energies = new Float32Array(cells);
  }

  /** Energy of one cell in which nothing happens, squared grey levels. 0 before anything was learned. */
  get value(): number {
    return this.#value;
  }

  /** What was learned is worth little from now on: another light, another gain of the sensor. */
  relearn(): void {
    this.#frames = 0;
  }

  /** @param differences - `[cells]`: energy of each cell's difference to the frame before, squared grey levels */
  learn(differences: Float32Array): void {
    this.#energies.set(differences);
    const quiet = nthSmallest(this.#energies, Math.floor(this.#energies.length * QUIET_SHARE));
    const seen = Math.min(CEILING, quiet / QUANTILE_OF_MEAN);
    this.#frames++;
    const rate = Math.max(1 / this.#frames, seen < this.#value ? FALL : RISE);
    this.#value += rate * (seen - this.#value);
  }
}
