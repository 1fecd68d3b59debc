/** Streams whose acknowledgements are remembered; then the oldest are forgotten. */
const STREAMS = 1024;

/** Time between two automatic acknowledgements of a stream, milliseconds. */
const PACE_MS = 250;

interface Acked {
  readonly asked: number;
  readonly durable: number | undefined;
  readonly lost: number;
}

/** What a client has acknowledged, and what the server has answered. */
export class Acks {
  readonly #streams = new Map<string, Acked>();

  /** Notes an acknowledgement; false where a later one was given already. */
  ask(stream: string, sequence: number): boolean {
    const known = this.#streams.get(stream);
    if (known && known.asked > sequence) return false;
    if (!known && this.#streams.size >= STREAMS) {
      for (const oldest of this.#streams.keys()) {
        this.#streams.delete(oldest);
        break;
      }
    }
    this.#streams.set(stream, { asked: sequence, durable: known?.durable, lost: known?.lost ?? 0 });
    return true;
  }

  /** Notes an answer, to what was asked. */
  answered(stream: string, sequence: number, lost = 0): void {
    const known = this.#streams.get(stream);
    if (!known) return;
    const durable = Math.max(known.durable ?? 0, sequence);
    this.#streams.set(stream, { ...known, durable, lost: Math.max(known.lost, lost) });
  }

  /** The last sequence that the server has called durable. */
  durableUntil(stream: string): number | undefined {
    return this.#streams.get(stream)?.durable;
  }

  /** Packets up to there that the server's disk has lost, all the same, as far as it has told. */
  lostUntil(stream: string): number {
    return this.#streams.get(stream)?.lost ?? 0;
  }

  /** What was asked and not answered: to be said again on another connection. */
  get open(): (readonly [stream: string, sequence: number])[] {
    return [...this.#streams].flatMap(([stream, { asked, durable = -1 }]) =>
      durable < asked ? [[stream, asked] as const] : [],
    );
  }
}

/** Says the newest of many sequences, a few times a second at most. */
export class AckPacer {
  readonly #say: (sequence: number) => void;
  #latest: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (sequence: number) => void) {
    this.#say = say;
  }

  /** The loop has done with it: said now, or with those that follow soon. */
  finished(sequence: number): void {
    this.#latest = sequence;
    if (this.#timer === undefined) this.#flush();
  }

  /** Says what is left, and nothing more. */
  stop(): void {
    clearTimeout(this.#timer);
    if (this.#latest !== undefined) this.#say(this.#latest);
    this.#latest = undefined;
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#latest === undefined) return;
    this.#say(this.#latest);
    this.#latest = undefined;
    this.#timer = setTimeout(() => this.#flush(), PACE_MS);
  }
}
