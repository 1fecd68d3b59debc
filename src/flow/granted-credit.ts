import { Notifier } from './notifier.ts';

/** Most credit that a peer may pile up; more is cut off. */
const MOST = 1_000_000;

/** Credit that the far end grants as it goes: starts at none, grows by grants, shrinks by one a message. */
export class GrantedCredit {
  #left = 0;
  readonly #granted = new Notifier();

  /** Messages that may still be sent. */
  get left(): number {
    return this.#left;
  }

  /** @param amount - messages more that the peer will take, ≥ 1 */
  grant(amount: number): void {
    this.#left = Math.min(MOST, this.#left + amount);
    this.#granted.notify();
  }

  /** Resolves once one credit was used (true), or as soon as `signal` aborts (false). */
  async take(signal: AbortSignal): Promise<boolean> {
    while (this.#left === 0 && !signal.aborted) await this.#granted.wait(signal);
    if (signal.aborted) return false;
    this.#left--;
    return true;
  }
}
