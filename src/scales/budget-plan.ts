/** Lowest and highest price of the survey as multiples of the policy's price, and how many prices lie between. */
const SPREAD = 256;
const PRICES = 9;

/** The prices that a survey tries, ascending, evenly spread in their logarithm around the policy's own. */
export function surveyPrices(price: number): number[] {
  const middle = (PRICES - 1) / 2;
  return Array.from({ length: PRICES }, (_, i) => price * SPREAD ** ((i - middle) / middle));
}

/**
 * What a whole input would cost at each of some prices, frame by frame: what the first pass of policy `budget` finds
 * out. Memory: 9 counts of 2 bytes for each frame (1.3 MB for ten hours at 2 frames/s), and no features.
 */
export class BudgetPlan {
  /** Ascending. */
  readonly prices: readonly number[];
  /** Whether frames without change were left to rest, as the second pass must then do too. */
  readonly gated: boolean;
  #counts = new Uint16Array(0);
  #frames = 0;

  /** @param prices - ascending, see {@link surveyPrices} */
  constructor(prices: readonly number[], gated: boolean) {
    this.prices = prices;
    this.gated = gated;
  }

  /** Frames of the input. */
  get frames(): number {
    return this.#frames;
  }

  /** @param tokens - of the next frame at each price */
  add(tokens: readonly number[]): void {
    const width = this.prices.length;
    const at = this.#frames++ * width;
    if (at + width > this.#counts.length) {
      const grown = new Uint16Array(Math.max(1024 * width, 2 * this.#counts.length));
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#counts.set(tokens, at);
  }

  /** Tokens of the frames `from` … `to` (exclusive) at one of the prices. */
  tokens(price: number, from = 0, to = this.#frames): number {
    const width = this.prices.length;
    let sum = 0;
    for (let frame = from; frame < to; frame++) sum += this.#counts[frame * width + price]!;
    return sum;
  }
}
