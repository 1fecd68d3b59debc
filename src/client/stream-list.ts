import type { StreamFacts, StreamState } from '../wire/control-message.ts';

/** What a server offers, as far as it has told: the streams, and where their sources stand. */
export class StreamList {
  readonly #onState: ((state: StreamState) => void) | undefined;
  #all: readonly StreamFacts[] = [];
  /** By stream, what was told last: as a text, to be compared. */
  readonly #told = new Map<string, string>();

  /** @param onState - hears where a source stands, each time that it is news */
  constructor(onState?: (state: StreamState) => void) {
    this.#onState = onState;
  }

  /** A list that was taken stays as it was. */
  get all(): readonly StreamFacts[] {
    return this.#all;
  }

  /** These are the streams from now on. */
  offered(streams: readonly StreamFacts[]): void {
    this.#all = streams;
    const names = new Set(streams.map(({ name }) => name));
    for (const name of this.#told.keys()) if (!names.has(name)) this.#told.delete(name);
  }

  /** The source of a stream stands there now. A server says so again to who subscribes to what it listens to already. */
  stands(message: StreamState): void {
    const { stream, state } = message;
    const told = JSON.stringify(message);
    const isOffered = this.#all.some(({ name }) => name === stream);
    if (this.#told.get(stream) === told) return;
    // One that is not offered any more has ended: nothing is kept of it.
    if (isOffered) this.#told.set(stream, told);
    if (this.#all.some((facts) => facts.name === stream && facts.state !== state)) {
      this.#all = this.#all.map((facts) => (facts.name === stream ? { ...facts, state } : facts));
    }
    const listener = this.#onState;
    // Later, so that a listener finds the client in order, and what it throws is its own affair.
    if (listener) queueMicrotask(() => listener(message));
  }
}
