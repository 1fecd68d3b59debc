/** What may be granted, and what a packet costs. */
export interface Amounts {
  readonly packets: number;
  /** Of binary messages. */
  readonly bytes: number;
  readonly tokens: number;
}

type Dimension = keyof Amounts;

/** Most that one message may grant. */
const most: Amounts = { packets: 1_000_000, bytes: 2 ** 40, tokens: 1_000_000_000 };

interface Counts {
  readonly window: number;
  granted: number;
  received: number;
  taken: number;
}

/**
 * The credit of one subscription on one connection, counted on the client's side. Each dimension with a window limits;
 * the server may send while every one of them is positive, so a packet may overdraw bytes and tokens.
 */
export class CreditAccount {
  readonly #counts: ReadonlyMap<Dimension, Counts>;

  /** @param windows - how much may be on its way or waiting, of at least one dimension */
  constructor(windows: Partial<Amounts>) {
    const names = (['packets', 'bytes', 'tokens'] as const).filter((name) => windows[name] !== undefined);
    this.#counts = new Map(
      names.map((name) => [name, { window: windows[name] ?? 0, granted: 0, received: 0, taken: 0 }]),
    );
  }

  /** What to grant now: nothing until half of a window is free, so that not every packet costs a message. */
  topUp(): Partial<Amounts> | undefined {
    const grant: Partial<Record<Dimension, number>> = {};
    for (const [name, counts] of this.#counts) {
      const free = Math.min(most[name], counts.window + counts.taken - counts.granted);
      if (free < Math.ceil(counts.window / 2)) continue;
      counts.granted += free;
      grant[name] = free;
    }
    return Object.keys(grant).length > 0 ? grant : undefined;
  }

  /** A packet has come; false where no credit was left for it. */
  received(cost: Amounts): boolean {
    for (const [name, counts] of this.#counts) {
      if (counts.received >= counts.granted) return false;
      counts.received += cost[name];
    }
    return true;
  }

  /** A packet has left for the loop. */
  taken(cost: Amounts): void {
    for (const [name, counts] of this.#counts) counts.taken += cost[name];
  }

  /** Another connection, on which nothing is granted. What waits here still takes its room. */
  renew(): void {
    for (const counts of this.#counts.values()) {
      counts.granted = counts.received -= counts.taken;
      counts.taken = 0;
    }
  }
}
