/** Two pictures that have nothing to do with each other score about 1; a hard cut scores well above this. */
const CUT_SCORE = 0.5;

/**
 * Share of the cells that must look new: a small base, and more for each second between the frames, since motion
 * alone renews a picture in time (a lorry under a bridge fills it in half a second). Never more than `most`.
 */
const NEW_CELLS = { base: 0.1, perSecond: 0.6, most: 0.4 };

/** Squared grey levels under which a cell's content counts as none. */
const FAINT = 10;

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
  #lastS = NaN;

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
    const pair = compare(before, now, channels);
    const { difference, shift, variance } = pair;
    const gapS = timeS - (Number.isNaN(this.#lastS) ? timeS : this.#lastS);
    this.#lastS = timeS;
    // Noise alone must not look like a cut of a picture that has no content (a covered lens, a fade's end).
    const score = (difference - shift) / (variance + now.length);
    const flash = difference > now.length && shift > FLASH_SHARE * difference;
    const standsOut = score > CUT_SCORE && score > STAND_OUT * this.#mean;
    this.#mean += RATE * (Math.min(score, CUT_SCORE) - this.#mean);
    if (!standsOut || flash || timeS - this.#lastCutS < this.#minSceneS) return { cut: false, flash };
    const least = Math.min(NEW_CELLS.most, NEW_CELLS.base + NEW_CELLS.perSecond * gapS);
    const cut = newCells(before, now, pair) > least;
    if (cut) this.#lastCutS = timeS;
    return { cut, flash };
  }
}

/** What two pictures have to do with each other. */
interface Pair {
  /** Energy of the difference, and the part of it that is one shift of every cell. */
  readonly difference: number;
  readonly shift: number;
  /** Both pictures' energy about their means. */
  readonly variance: number;
  /** `[channels]`: the mean over the cells. */
  readonly meanBefore: Float64Array;
  readonly meanNow: Float64Array;
}

function compare(before: Float32Array, now: Float32Array, channels: number): Pair {
  let difference = 0;
  let shift = 0;
  let variance = 0;
  const cells = now.length / channels;
  const meanBefore = new Float64Array(channels);
  const meanNow = new Float64Array(channels);
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
      difference += (b - a) ** 2;
    }
    shift += (sumB - sumA) ** 2 / cells;
    variance += squares - (sumA * sumA + sumB * sumB) / cells;
    meanBefore[c] = sumA / cells;
    meanNow[c] = sumB / cells;
  }
  return { difference, shift, variance, meanBefore, meanNow };
}

/**
 * Mean over the cells of how much of each one's content is new, 0 … 1: every cell counts alike. A cell is not new that is
 * the same as before, nor one that is the same but for the light; the first matters where something small and bright
 * moves the mean of a faint picture.
 */
function newCells(before: Float32Array, now: Float32Array, { meanBefore, meanNow }: Pair): number {
  const channels = meanNow.length;
  let sum = 0;
  for (let cell = 0; cell < now.length; cell += channels) {
    let difference = 0;
    let relit = 0;
    let content = channels * FAINT;
    for (let c = 0; c < channels; c++) {
      const a = before[cell + c]! - meanBefore[c]!;
      const b = now[cell + c]! - meanNow[c]!;
      difference += (now[cell + c]! - before[cell + c]!) ** 2;
      relit += (b - a) ** 2;
      content += a * a + b * b;
    }
    sum += Math.min(1, Math.min(difference, relit) / content);
  }
  return (sum * channels) / now.length;
}
