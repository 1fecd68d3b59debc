import { expect } from 'vitest';

/** Two seats, and how far one got ahead of the other while both had frames waiting. */
interface Pair {
  readonly seats: readonly [number, number];
  readonly bound: number;
  ahead: number;
  most: number;
  least: number;
}

/** A frame of a seat that had taken nothing since nobody waited. */
interface Lone {
  overtaken: number;
  finished: number;
}

/** Watches what a share hands to its encoder, and fails where that is unfair: a model that knows nothing of tags. */
export class FairnessWatch {
  readonly #weights: readonly number[];
  readonly #pairs: readonly Pair[];
  readonly #asked: number[];
  readonly #began: number[];
  readonly #fresh: boolean[];
  readonly #lone: (Lone | undefined)[];

  constructor(weights: readonly number[]) {
    this.#weights = weights;
    this.#pairs = weights.flatMap((a, i) =>
      weights.slice(0, i).map((b, j) => ({ seats: [i, j], bound: 1 / a + 1 / b, ahead: 0, most: 0, least: 0 })),
    );
    this.#asked = weights.map(() => 0);
    this.#began = weights.map(() => 0);
    this.#fresh = weights.map(() => true);
    this.#lone = weights.map(() => undefined);
  }

  get waitingEach(): number[] {
    return this.#asked.map((asked, i) => asked - this.#began[i]!);
  }

  get waiting(): number {
    return this.waitingEach.reduce((a, b) => a + b, 0);
  }

  /** Frames of the seat so far. */
  sent(seat: number): number {
    return this.#asked[seat]!;
  }

  /** A frame is about to be sent; gives its number. */
  asked(seat: number): number {
    if (this.#fresh[seat] && this.waitingEach[seat] === 0) this.#lone[seat] = { overtaken: 0, finished: 0 };
    return this.#asked[seat]!++;
  }

  /** The encoder is about to finish one. */
  finished(): void {
    for (const lone of this.#lone) if (lone) lone.finished++;
  }

  /** The encoder got a frame. */
  began(seat: number, n: number): void {
    expect(n).toBe(this.#began[seat]);
    const before = this.waitingEach;
    this.#began[seat]!++;
    this.#fresh[seat] = false;
    this.#countPairs(seat, before);
    this.#countLone(seat);
    if (this.waiting === 0) this.#fresh.fill(true);
  }

  /** Goyal, Vin and Cheng 1996, theorem 1. */
  #countPairs(seat: number, before: readonly number[]): void {
    for (const pair of this.#pairs) {
      const [a, b] = pair.seats;
      if (seat === a) pair.ahead += 1 / this.#weights[a]!;
      if (seat === b) pair.ahead -= 1 / this.#weights[b]!;
      pair.most = Math.max(pair.most, pair.ahead);
      pair.least = Math.min(pair.least, pair.ahead);
      const both = before[a]! > 0 && before[b]! > 0;
      if (both) expect(pair.most - pair.least).toBeLessThanOrEqual(pair.bound + 1e-9);
      const after = this.waitingEach;
      if (after[a] === 0 || after[b] === 0) pair.ahead = pair.most = pair.least = 0;
    }
  }

  #countLone(seat: number): void {
    const own = this.#lone[seat];
    this.#lone[seat] = undefined;
    for (const lone of this.#lone) if (lone) lone.overtaken++;
    if (!own) return;
    expect(own.overtaken).toBeLessThan(this.#weights.length);
    // Each frame that ends lets one in.
    expect(own.finished).toBeLessThanOrEqual(this.#weights.length);
  }
}
