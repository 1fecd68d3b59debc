/**
 * Keeps an incomplete batch back for a while, so that more calls can join it. That costs nothing while the encoder is busy
 * with another batch, as long as it ends: an encoder that has nothing to do is not to be kept waiting.
 */
export class BatchWait {
  readonly #longestMs: number;
  readonly #due: () => void;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param longestMs - how long a call may be kept back, counted from when it was made, milliseconds; 0: never
   * @param due - called when the oldest call has waited as long as it may
   */
  constructor(longestMs: number, due: () => void) {
    this.#longestMs = longestMs;
    this.#due = due;
  }

  /** Whether an incomplete batch stays back. Where it does, `due` follows, unless `clear` comes before it. */
  holds(oldestSince: number): boolean {
    this.clear();
    const leftMs = oldestSince + this.#longestMs - performance.now();
    if (leftMs <= 0) return false;
    this.#timer = setTimeout(this.#due, leftMs);
    return true;
  }

  /** Forgets the batch that was kept back. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
