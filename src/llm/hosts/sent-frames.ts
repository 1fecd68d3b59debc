/** Ids that are remembered, at most; the host's own cache holds fewer frames than that. */
const mostIds = 16_384;
/** Times in a row that the host did not have what it was sent, after which it is taken for one that keeps nothing. */
const mostMisses = 2;

/** Which frames a host was sent, newest last, so that they need not be sent again. Bounded. */
export class SentFrames {
  readonly #ids = new Set<string>();
  #misses = 0;

  /** Whether the host may still have every one of these. */
  has(ids: readonly string[]): boolean {
    return ids.length > 0 && this.#misses < mostMisses && ids.every((id) => this.#ids.has(id));
  }

  /** These were sent now, and the host took them. */
  sent(ids: readonly string[]): void {
    for (const id of ids) {
      this.#ids.delete(id);
      this.#ids.add(id);
    }
    for (const id of this.#ids) {
      if (this.#ids.size <= mostIds) break;
      this.#ids.delete(id);
    }
  }

  /** The host had all that it was asked for by id. */
  hit(): void {
    this.#misses = 0;
  }

  /** The host lacks something that it was sent: nothing is known any more of what it has. */
  missed(): void {
    this.#misses++;
    this.#ids.clear();
  }
}
