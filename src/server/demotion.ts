/** Packets that wait before a subscriber gets a coarser scale; one step more each time that twice as many wait. */
const BEHIND = 32;

/** Scales of a subscriber of a live stream that falls behind: coarser ones first, before whole packets go. */
export class Demotion {
  readonly #ladder: readonly number[];
  #steps = 0;
  /** A reader of the past is behind by choice until it first has caught up. */
  #caughtUp = false;

  /** @param ladder - tokens of each scale that the subscriber gets, coarsest first */
  constructor(ladder: readonly number[]) {
    this.#ladder = ladder;
  }

  /** Tokens of a scale at most, while it is behind. */
  get maxScale(): number | undefined {
    return this.#steps === 0 ? undefined : this.#ladder.at(-1 - this.#steps);
  }

  /**
   * Before each packet.
   * @param lag - packets that wait, with the one that goes out now
   * @returns what to tell the subscriber, where something changed
   */
  look(lag: number): { readonly maxScale: number; readonly reason: 'behind' | 'restored' } | undefined {
    if (lag <= 1) this.#caughtUp = true;
    if (!this.#caughtUp) return undefined;
    const steps = lag < BEHIND ? 0 : Math.min(this.#ladder.length - 1, 1 + Math.floor(Math.log2(lag / BEHIND)));
    // Coarser at once, finer only when nothing waits any more: no to and fro.
    if (steps > this.#steps) return this.#go(steps, 'behind');
    return lag <= 1 && this.#steps > 0 ? this.#go(0, 'restored') : undefined;
  }

  #go(steps: number, reason: 'behind' | 'restored'): { maxScale: number; reason: 'behind' | 'restored' } {
    this.#steps = steps;
    return { maxScale: this.#ladder.at(-1 - steps) ?? 1, reason };
  }
}
