import { Notifier } from './notifier.ts';

/**
 * Permission for so many frames in flight between the source and the sink: the one number that bounds memory.
 * The source takes a credit before it pulls a frame, the sink gives it back when it is done with what the frame became.
 */
export class CreditWindow {
  readonly size: number;
  #inFlight = 0;
  #peak = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #given = new Notifier();

  /** @param size - frames in flight at most, ≥ 1 */
  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`A window of ${size} credits.`);
    this.size = size;
  }

  /** Frames taken and not yet given back: 0 … size, always. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** 0 while half of the window or more is free, up to 1 when nothing is: a live source is about to lose frames. */
  get pressure(): number {
    return Math.max(0, (2 * this.#inFlight) / this.size - 1);
  }

  /** The most that `inFlight` ever was. */
  get peak(): number {
    return this.#peak;
  }

  /** Resolves once a credit was taken (true), or as soon as `signal` aborts (false: none was taken). */
  take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.#inFlight < this.size) {
      this.#use();
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const grant = (): void => {
        signal.removeEventListener('abort', refuse);
        this.#use();
        resolve(true);
      };
      const refuse = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1);
        resolve(false);
      };
      signal.addEventListener('abort', refuse, { once: true });
      this.#waiting.push(grant);
    });
  }

  /** Gives one credit back; whoever has waited longest gets it. */
  give(): void {
    if (this.#inFlight === 0) throw new RangeError('A credit was given back that nobody took.');
    this.#inFlight--;
    this.#waiting.shift()?.();
    this.#given.notify();
  }

  /** Resolves once nothing is in flight, or as soon as `signal` aborts. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.#inFlight > 0 && !signal.aborted) await this.#given.wait(signal);
  }

  #use(): void {
    this.#inFlight++;
    this.#peak = Math.max(this.#peak, this.#inFlight);
  }
}
