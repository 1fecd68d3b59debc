/** Two pictures that have nothing to do with each other score about 1; a hard cut scores well above this. */
const CUT_SCORE = 0.3;

/** A cut stands out of its neighbourhood: this many times the running mean, or fast motion would cut all the time. */
const STAND_OUT = 3;

/** Share of a difference that is one shift of the whole picture, above which it is a change of light. */
const FLASH_SHARE = 0.6;

/** Weight of one frame in the running mean. */
const RATE = 0.25;

/** What one pair of frames looks like. */
export interface CutVerdict {
  readonly cut: boolean;
  readonly flash: boolean;
}

/**
 * Finds hard cuts: the share of a picture's own variance that changed, light set aside, held against its running mean
 * (the adaptive rule of PySceneDetect, without look-ahead). A shift of light over the whole picture is a flash instead.
 */
export class CutDetector {
  readonly #minSceneS: number;
  #mean = 0;
  #lastCutS = -Infinity;

  /** @param minSceneS - shortest scene, seconds: a second cut inside it is not reported */
  constructor(minSceneS: number) {
    this.#minSceneS = minSceneS;
  }

  /**
   * @param before - descriptor of the frame before, `[cells, channels]`, read only
   * @param now - descriptor of this frame, read only
   * @param timeS - seconds, ascending
   */
  judge(before: Float32Array, now: Float32Array, channels: number, timeS: number): CutVerdict {
    const { difference, shift, variance } = compare(before, now, channels);
    // Noise alone must not look like a cut of a picture that has no content (a covered lens, a fade's end).
    const score = (difference - shift) / (variance + now.length);
    const flash = difference > now.length && shift > FLASH_SHARE * difference;
    const standsOut = score > CUT_SCORE && score > STAND_OUT * this.#mean;
    const cut = standsOut && !flash && timeS - this.#lastCutS >= this.#minSceneS;
    if (cut) this.#lastCutS = timeS;
    this.#mean += RATE * (Math.min(score, CUT_SCORE) - this.#mean);
    return { cut, flash };
  }
}

/** Energy of the difference, the part of it that is one shift of every cell, and both pictures' energy about their means. */
function compare(
  before: Float32Array,
  now: Float32Array,
  channels: number,
): { difference: number; shift: number; variance: number } {
  let difference = 0;
  let shift = 0;
  let variance = 0;
  const cells = now.length / channels;
  for (let c = 0; c < channels; c++) {
    let sumA = 0;
    let sumB = 0;
    let squares = 0;
    for (let i = c; i < now.length; i += channels) {
      const a = before[i]!;
      const b = now[i]!;
      sumA += a;
      sumB += b;
      squares += a * a + b * b;
      difference += (b - a) * (b - a);
    }
    shift += (sumB - sumA) ** 2 / cells;
    variance += squares - (sumA * sumA + sumB * sumB) / cells;
  }
  return { difference, shift, variance };
}
