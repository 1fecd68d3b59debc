import { DESCRIPTOR_CHANNELS, DESCRIPTOR_SIDE } from './pixel-descriptor.ts';
import { Relight } from './relight.ts';

const LUMAS = DESCRIPTOR_SIDE ** 2;

/** A change is one of light where that explains this share of it, and the lumas correlate so much (squared). */
const EXPLAINED = 0.6;
const ALIKE = 0.75;

/** For so long, seconds, everything counts as light: a lightning's is uneven and clipped, and then it is over. */
const FLASH_S = 0.5;

/** Later a gain outside of this is no camera's exposure but a fade, and a cell may be off by this share of its light. */
const GAIN = { least: 0.4, most: 2.5 };
const UNEVEN = 0.1;

/** Light has come to rest when the mean has kept to 2 %, or to one grey level, for so many seconds. */
const STEADY = { share: 0.02, grey: 1, s: 0.7 };

/** It is never waited for longer than this, seconds. */
const LONGEST_S = 5;

/**
 * Waits for another light to come to rest before the receiver is told: lightning is over by then, and an exposure that
 * settles after the switch to infrared is told once. Meanwhile what the light does not explain goes on counting.
 */
export class LightWait {
  readonly #cells: Int32Array;
  readonly #relight: Relight;
  #sinceS = NaN;
  #released = false;
  #steadySinceS = 0;
  #mean = 0;
  #timeS = 0;

  /** @param cells - raster indices of those that count */
  constructor(cells: Int32Array) {
    this.#cells = cells;
    this.#relight = new Relight(cells);
  }

  /** Whether the frame judged last differs by its light, and that is being waited for. */
  get waiting(): boolean {
    return !Number.isNaN(this.#sinceS) && !this.#released;
  }

  /** The frame has no residual worth a look, or the receiver was told: nothing to wait for. */
  rest(): void {
    this.#sinceS = NaN;
    this.#released = false;
  }

  /**
   * A frame with a residual.
   * @param held - descriptor of what the receiver holds, `[all cells, 18]`, read only
   * @param now - of this frame, read only
   * @param timeS - seconds, ascending
   */
  judge(held: Float32Array, now: Float32Array, timeS: number): void {
    this.#timeS = timeS;
    if (this.#released) return;
    if (!this.#isLight(held, now)) {
      this.rest();
      return;
    }
    const mean = this.#meanOf(now);
    const moved = Math.abs(mean - this.#mean) > Math.max(STEADY.grey, STEADY.share * this.#mean);
    if (!this.waiting || moved) {
      this.#mean = mean;
      this.#steadySinceS = timeS;
    }
    if (!this.waiting) this.#sinceS = timeS;
    this.#released = timeS - this.#sinceS >= LONGEST_S || timeS - this.#steadySinceS >= STEADY.s;
  }

  #isLight(held: Float32Array, now: Float32Array): boolean {
    const explained = this.#relight.fit(held, now);
    const { gain, alike } = this.#relight;
    if (explained < EXPLAINED || alike < ALIKE || gain <= 0) return false;
    const flash = !this.waiting || this.#timeS - this.#sinceS < FLASH_S;
    return flash || (gain >= GAIN.least && gain <= GAIN.most);
  }

  /**
   * Whether what a cell differs by is the light that is waited for.
   * @param threshold - energy from which the cell counts, squared grey levels
   * @param energy - of its residual
   */
  excuses(held: Float32Array, now: Float32Array, cell: number, threshold: number, energy: number): boolean {
    if (!this.waiting) return false;
    if (this.#timeS - this.#sinceS < FLASH_S) return true;
    return this.#relight.energyLeft(held, now, cell) <= threshold + UNEVEN * energy;
  }

  #meanOf(now: Float32Array): number {
    let sum = 0;
    for (const cell of this.#cells) {
      for (let i = cell * DESCRIPTOR_CHANNELS; i < cell * DESCRIPTOR_CHANNELS + LUMAS; i++) sum += now[i]!;
    }
    return sum / (this.#cells.length * LUMAS);
  }
}
