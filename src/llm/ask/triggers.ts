/** When a standing question is asked; at least one of `everyS` and `onActivity`. Seconds of the stream's own time. */
export interface TriggerOptions {
  /** Again and again, > 0. */
  readonly everyS?: number | undefined;
  /** At cuts, and where an activity begins or ends. */
  readonly onActivity?: boolean;
  /** From one question to the next at least, ≥ 0. */
  readonly cooldownS: number;
}

/**
 * Counts what asks for an answer, and holds it back while the last question is too young. Whatever asks meanwhile merges
 * into the one question that waits. Pure: time is that of the frames.
 */
export class Triggers {
  readonly #options: TriggerOptions;
  #waiting = 0;
  #nowS = NaN;
  /** When `everyS` asks next. */
  #nextS = NaN;
  #askedS = -Infinity;

  /** @param options - see {@link TriggerOptions} */
  constructor(options: TriggerOptions) {
    this.#options = options;
  }

  /**
   * Time has come to this frame. A time before the last one is another epoch: every count of seconds starts anew.
   * @param atS - seconds
   */
  frame(atS: number): void {
    const { everyS } = this.#options;
    if (!(atS >= this.#nowS)) {
      this.#askedS = -Infinity;
      this.#nextS = everyS === undefined ? Infinity : atS + everyS;
    }
    this.#nowS = atS;
    if (everyS === undefined || atS < this.#nextS) return;
    this.#waiting++;
    // A gap in the stream may have passed several of its times: they are one question.
    this.#nextS += everyS * (1 + Math.floor((atS - this.#nextS) / everyS));
  }

  /** Something happened in the stream. */
  moment(): void {
    if (this.#options.onActivity) this.#waiting++;
  }

  /** The input has ended: nothing is held back any more, and `everyS` asks for what no question was about. */
  end(): void {
    if (this.#options.everyS !== undefined && this.#nowS > this.#askedS) this.#waiting ||= 1;
    this.#askedS = -Infinity;
  }

  /** Whether a question waits that may be asked now. */
  get due(): boolean {
    return this.#waiting > 0 && this.#nowS - this.#askedS >= this.#options.cooldownS;
  }

  /**
   * The question that waits is asked now.
   * @returns how many others were merged into it
   */
  take(): number {
    const merged = Math.max(0, this.#waiting - 1);
    this.#waiting = 0;
    this.#askedS = this.#nowS;
    return merged;
  }
}
