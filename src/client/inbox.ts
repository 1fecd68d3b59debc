/**
 * A queue between a socket that pushes and a loop that pulls. Bounded by the credits that the loop granted: the client
 * grants no more than it has room for.
 */
export class Inbox<T> {
  readonly #items: T[] = [];
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  #closed = false;

  /** Items that wait to be taken. */
  get length(): number {
    return this.#items.length;
  }

  /** Adds an item; nothing after `close` or `fail`. */
  put(item: T): void {
    if (this.#closed) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** No more items come; those that wait can still be taken. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Like `close`, and `take` throws once it is empty. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.close();
  }

  /** The oldest item; waits for one. `undefined` once it is closed and empty. One caller at a time. */
  async take(): Promise<T | undefined> {
    while (this.#items.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const item = this.#items.shift();
    if (item === undefined && this.#failure) throw this.#failure;
    return item;
  }
}
