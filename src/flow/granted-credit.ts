import { Notifier } from './notifier.ts';

/** What a peer grants, or a packet costs. */
export interface Credit {
  readonly packets?: number | undefined;
  readonly bytes?: number | undefined;
  readonly tokens?: number | undefined;
}

/** Most credit of each kind that a peer may pile up; more is cut off. */
const MOST = { packets: 1_000_000, bytes: 2 ** 40, tokens: 1_000_000_000 };

const kinds = ['packets', 'bytes', 'tokens'] as const;

/**
 * Credit that the far end grants as it goes, in packets, bytes or tokens. There is none before the first grant; from then
 * on each kind that was ever granted limits. A packet goes out while there is some left of each, so that its bytes or
 * tokens overdraw by one packet at most: credit smaller than a packet stops nothing for ever.
 */
export class GrantedCredit {
  readonly #left = new Map<(typeof kinds)[number], number>();
  readonly #granted = new Notifier();

  /** Whether the next packet may go out. */
  get positive(): boolean {
    if (this.#left.size === 0) return false;
    for (const left of this.#left.values()) if (left <= 0) return false;
    return true;
  }

  /** @param credit - what more the peer will take, each ≥ 1 */
  grant(credit: Credit): void {
    for (const kind of kinds) {
      const amount = credit[kind];
      if (amount !== undefined) this.#left.set(kind, Math.min(MOST[kind], (this.#left.get(kind) ?? 0) + amount));
    }
    this.#granted.notify();
  }

  /** What a packet that goes out costs. */
  spend(cost: Required<Credit>): void {
    for (const [kind, left] of this.#left) this.#left.set(kind, left - (cost[kind] ?? 0));
  }

  /** Resolves once a packet may go out (true), or as soon as `signal` aborts (false). */
  async available(signal: AbortSignal): Promise<boolean> {
    while (!this.positive && !signal.aborted) await this.#granted.wait(signal);
    return !signal.aborted;
  }
}
