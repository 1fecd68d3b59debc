/**
 * A ceiling on tokens a second of media time (RFC 2697 calls it a single-rate meter). A frame always costs one token at
 * least, also where there is none left: a debt, which later frames pay.
 *
 * Bound: in any stretch of T seconds at most `tokensPerSecond × (T + burstS)` tokens, and on top of that one for each frame
 * of one token that found the bucket empty.
 */
export class TokenBucket {
  readonly #rate: number;
  readonly #size: number;
  #level: number;
  #lastS: number | undefined;

  /**
   * @param tokensPerSecond - > 0; Infinity for no ceiling
   * @param burstS - what may be saved up, seconds of the ceiling, > 0
   */
  constructor(tokensPerSecond: number, burstS: number) {
    this.#rate = tokensPerSecond;
    this.#size = tokensPerSecond * burstS;
    this.#level = this.#size;
  }

  /** Another clock: the time since the last frame is not known, and brings nothing in. */
  restart(): void {
    this.#lastS = undefined;
  }

  /** Most tokens of a frame at that media time, seconds; ≥ 1. */
  allow(timeS: number): number {
    if (this.#size === Infinity) return Infinity;
    this.#level = Math.min(this.#size, this.#level + this.#rate * Math.max(0, timeS - (this.#lastS ?? timeS)));
    this.#lastS = timeS;
    return Math.max(1, Math.floor(this.#level));
  }

  /** The frame had so many tokens. What is owed has a bound, so that it can be paid. */
  spend(tokens: number): void {
    if (this.#size !== Infinity) this.#level = Math.max(-this.#size, this.#level - tokens);
  }
}
