/** Lets one in at a time, the others in the order in which they came; so many may wait. */
export class Turns {
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Whether one more would have to be turned away. */
  get full(): boolean {
    return this.#taken && this.#waiting.length >= this.#maxWaiting;
  }

  /**
   * Waits for its turn.
   * @returns a function that ends the turn, to be called once; undefined where `signal` aborted before it came
   * @throws RangeError where {@link full}
   */
  async take(signal?: AbortSignal): Promise<(() => void) | undefined> {
    if (this.full) throw new RangeError('Too many wait for their turn.');
    if (signal?.aborted) return undefined;
    if (this.#taken && !(await this.#wait(signal))) return undefined;
    this.#taken = true;
    return () => this.#next();
  }

  #wait(signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        resolve(false);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve(true);
      };
      this.#waiting.push(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Hands the turn on without a moment in which somebody else could take it. */
  #next(): void {
    const enter = this.#waiting.shift();
    if (enter) enter();
    else this.#taken = false;
  }
}
