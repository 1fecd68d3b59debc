import { DESCRIPTOR_CHANNELS } from './pixel-descriptor.ts';

/** Seconds over which it is learned; with `SHARE`, a place that changes all the time is restless after a minute. */
const TIME_S = 37;

/** Share of the seconds with a change in or next to a cell, above which it is restless, and below which no more. */
const SHARE = { on: 0.8, off: 0.5 };

/** A place that has been calm for so long, seconds, starts anew. */
const CALM_S = 30;

/** Weight of one change of a cell in the means: what came and stayed, or passed once, does not make itself usual. */
const RATE = 0.04;

/** What is this many times the usual counts. */
const UNUSUAL = 5;

/** Over a longer time a restless cell differs by no more than this many times what it does within a second. */
const RETURNS = 2;

/** Length of the slots that it counts, seconds; one of a slow stream or with a gap counts as no more than `most`. */
const SLOT_S = { least: 1, most: 5 };

/** The older frame is this many slots old, up to twice as many. */
const LONG_SLOTS = 8;

/** Energy above which a cell's difference is significant, squared grey levels. */
export type ThresholdOf = (cell: number, energy: number) => number;

/**
 * Learns where a picture always changes and comes back (a clock, leaves in the wind, rain, a screen in view), and how much
 * each cell does there. Slots of a second, so that the frame rate does not matter, and cells with their neighbours, since
 * a digit or a drop is now in this one, now in the next. What moves on, or settles at something new, differs more over a
 * longer time than within a second, and is not learned; what moves for less than a minute is not either.
 */
export class RestlessCells {
  readonly #gridSide: number;
  readonly #cells: Int32Array;
  /** Frames of the last slot's end, an older one, and the one that will take its place: `[all cells, 18]`. */
  readonly #last: Float32Array;
  readonly #older: Float32Array;
  readonly #next: Float32Array;
  /** Of each cell: greatest difference between neighbouring frames in this slot; whether it changed in it. */
  readonly #most: Float32Array;
  readonly #lively: Uint8Array;
  /** Of each cell: share of the slots in which it or a neighbour changed, and when that was last, seconds. */
  readonly #share: Float32Array;
  readonly #livelyS: Float64Array;
  readonly #restless: Uint8Array;
  /** Of each cell: means of what it changes by where it does, within a second and over a longer time. */
  readonly #short: Float32Array;
  readonly #long: Float32Array;
  #slots = 0;
  #slotFromS = NaN;

  /**
   * @param gridSide - rows, and columns, of the patch grid
   * @param cells - raster indices of those that count
   */
  constructor(gridSide: number, cells: Int32Array) {
    const all = gridSide ** 2;
    this.#gridSide = gridSide;
    this.#cells = cells;
    this.#last = new Float32Array(all * DESCRIPTOR_CHANNELS);
    this.#older = new Float32Array(all * DESCRIPTOR_CHANNELS);
    this.#next = new Float32Array(all * DESCRIPTOR_CHANNELS);
    this.#most = new Float32Array(all);
    this.#lively = new Uint8Array(all);
    this.#share = new Float32Array(all);
    this.#livelyS = new Float64Array(all).fill(-Infinity);
    this.#restless = new Uint8Array(all);
    this.#short = new Float32Array(all);
    this.#long = new Float32Array(all);
  }

  /** Whether a residual of this energy is usual for the cell: in a restless place, and no more than it always is. */
  excuses(cell: number, energy: number): boolean {
    const short = this.#short[cell]!;
    return this.#restless[cell] === 1 && energy <= UNUSUAL * short && this.#long[cell]! <= RETURNS * short;
  }

  /**
   * @param now - descriptor of this frame, `[all cells, 18]`, read only
   * @param differences - `[all cells]`: energy of each cell's difference to the frame before
   * @param timeS - seconds, ascending
   */
  learn(now: Float32Array, differences: Float32Array, timeS: number, thresholdOf: ThresholdOf): void {
    const most = this.#most;
    for (const cell of this.#cells) if (differences[cell]! > most[cell]!) most[cell] = differences[cell]!;
    const lengthS = timeS - this.#slotFromS;
    if (lengthS < SLOT_S.least) return;
    for (const cell of this.#cells) this.#learnUsual(now, cell, thresholdOf);
    const weight = 1 - Math.exp(-Math.min(SLOT_S.most, lengthS) / TIME_S);
    for (const cell of this.#cells) this.#learnShare(cell, weight, timeS);
    this.#most.fill(0);
    this.#last.set(now);
    this.#slotFromS = timeS;
    if (++this.#slots % LONG_SLOTS !== 0) return;
    this.#older.set(this.#next);
    this.#next.set(now);
  }

  /** What lies between this frame and the last teaches nothing: the first frame, a cut, another light. */
  skip(now: Float32Array, timeS: number): void {
    this.#most.fill(0);
    this.#last.set(now);
    this.#older.set(now);
    this.#next.set(now);
    this.#slots = 0;
    this.#slotFromS = timeS;
  }

  #learnUsual(now: Float32Array, cell: number, thresholdOf: ThresholdOf): void {
    const seen = Math.max(this.#most[cell]!, distance(this.#last, now, cell));
    this.#lively[cell] = seen > thresholdOf(cell, seen) ? 1 : 0;
    if (this.#lively[cell] === 0) return;
    // Where much was usual already, what is unusual must not become usual by passing once.
    const most = this.#restless[cell] === 1 && this.#short[cell]! > 0 ? UNUSUAL * this.#short[cell]! : Infinity;
    this.#short[cell]! += RATE * (Math.min(seen, most) - this.#short[cell]!);
    this.#long[cell]! += RATE * (Math.min(distance(this.#older, now, cell), most) - this.#long[cell]!);
  }

  #learnShare(cell: number, weight: number, timeS: number): void {
    const lively = this.#livelyNear(cell);
    if (lively) {
      this.#livelyS[cell] = timeS;
    } else if (timeS - this.#livelyS[cell]! >= CALM_S) {
      this.#share[cell] = this.#short[cell] = this.#long[cell] = 0;
    }
    const share = (this.#share[cell]! += weight * ((lively ? 1 : 0) - this.#share[cell]!));
    this.#restless[cell] = share >= (this.#restless[cell] === 1 ? SHARE.off : SHARE.on) ? 1 : 0;
  }

  #livelyNear(cell: number): boolean {
    const side = this.#gridSide;
    const [x, y] = [cell % side, Math.floor(cell / side)];
    for (let row = Math.max(0, y - 1); row <= Math.min(side - 1, y + 1); row++) {
      for (let column = Math.max(0, x - 1); column <= Math.min(side - 1, x + 1); column++) {
        if (this.#lively[row * side + column] === 1) return true;
      }
    }
    return false;
  }
}

/** Mean square of what a cell differs by. */
function distance(a: Float32Array, b: Float32Array, cell: number): number {
  let sum = 0;
  for (let i = cell * DESCRIPTOR_CHANNELS; i < (cell + 1) * DESCRIPTOR_CHANNELS; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum / DESCRIPTOR_CHANNELS;
}
