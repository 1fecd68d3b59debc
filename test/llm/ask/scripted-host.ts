import type { HostQuestion } from '#dist/llm/host.js';
import { sleep } from '../../support/sleep.ts';

/** A question that came, and the means to answer it. */
export interface Asked {
  readonly question: HostQuestion<null>;
  /** Gives a piece out. */
  readonly say: (piece: string) => void;
  /** Ends the answer. */
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

/** An answerer whose every word a test says. */
export class ScriptedHost {
  readonly asked: Asked[] = [];
  /** The most answers that were ever under way at a time. */
  peak = 0;
  #underWay = 0;

  readonly #replies: ((count: number) => string) | undefined;

  /** @param replies - the text of each answer, given at once; without it a test answers by hand */
  constructor(replies?: (count: number) => string) {
    this.#replies = replies;
  }

  /** Of an `Asking`. */
  readonly answer = async function* (this: ScriptedHost, question: HostQuestion<null>): AsyncGenerator<string> {
    this.peak = Math.max(this.peak, ++this.#underWay);
    const steps: (() => string | undefined)[] = [];
    this.asked.push({
      question,
      say: (piece) => steps.push(() => piece),
      end: () => steps.push(() => undefined),
      fail: (error) =>
        steps.push(() => {
          throw error;
        }),
    });
    try {
      if (this.#replies) {
        yield this.#replies(this.asked.length);
        return;
      }
      for (;;) {
        while (steps.length === 0) {
          if (question.signal?.aborted) return;
          await sleep(1);
        }
        const piece = steps.shift()!();
        if (piece === undefined) return;
        yield piece;
      }
    } finally {
      this.#underWay--;
    }
  }.bind(this);
}
