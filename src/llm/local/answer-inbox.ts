import type { AnswerEvent } from './decoder-thread.ts';

/** What a thread says of one answer, in order, for one reader. Bounded by the answer's own bound on tokens. */
export class AnswerInbox {
  readonly #events: AnswerEvent[] = [];
  #wake: () => void = () => undefined;
  #failure: Error | undefined;

  /** One more event, after the others. */
  push(event: AnswerEvent): void {
    this.#events.push(event);
    this.#wake();
  }

  /** Nothing more will come: the reader gets what is here, then this error. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  /**
   * The next event.
   * @param silenceMs after which `onSilence` is called, once, if none came; the wait goes on
   * @throws the error of {@link fail}
   */
  async next(silenceMs: number, onSilence: () => void): Promise<AnswerEvent> {
    const timer = setTimeout(onSilence, silenceMs);
    try {
      for (;;) {
        const event = this.#events.shift();
        if (event) return event;
        if (this.#failure) throw this.#failure;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
