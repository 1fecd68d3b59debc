/** One at a time, in the order of asking. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /**
   * Waits for its turn.
   * @returns what ends the turn, to be called once; undefined where the signal aborted before it began
   */
  async take(signal: AbortSignal): Promise<(() => void) | undefined> {
    const before = this.#last;
    const { promise, resolve } = settlable();
    this.#last = before.then(() => promise);
    const { promise: aborted, resolve: abort } = settlable();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    await Promise.race([before, aborted]);
    signal.removeEventListener('abort', abort);
    if (!signal.aborted) return resolve;
    resolve();
    return undefined;
  }
}

function settlable(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
