import { asFramenestError } from '../../errors.ts';
import type { FramenestError } from '../../errors.ts';
import { boundedAnswer } from '../bounded-answer.ts';
import type { HostQuestion } from '../host.ts';
import type { AskEvent, AskedSpan } from './ask-event.ts';

/** Who answers: `ask` of a host. */
export type Answerer<Content> = (question: HostQuestion<Content>) => AsyncIterable<string>;

/** How a question came out. */
export type Outcome = { readonly answered: true } | { readonly answered: false; readonly error: FramenestError };

/** Puts one question at a time to a host, and tells what comes of it. Holds the answer under way and nothing else. */
export class AnswerDesk<Content> {
  readonly #answer: Answerer<Content>;
  readonly #tell: (event: AskEvent) => void;
  #open: Promise<void> | undefined;

  /**
   * @param answer - never called while an answer of it is under way
   * @param tell - hears of questions, pieces and answers; of failures its caller tells
   */
  constructor(answer: Answerer<Content>, tell: (event: AskEvent) => void) {
    this.#answer = answer;
    this.#tell = tell;
  }

  /** Whether an answer is under way. */
  get busy(): boolean {
    return this.#open !== undefined;
  }

  /** Resolves once no answer is under way, whatever came of it. */
  async idle(): Promise<void> {
    while (this.#open) await this.#open;
  }

  /**
   * Begins; only while it is not busy.
   * @param done - called when it is free again; nothing where the question's signal ended the answer
   */
  begin(question: HostQuestion<Content>, span: AskedSpan, done: (outcome?: Outcome) => void): void {
    this.#tell({ type: 'asked', ...span });
    this.#open = this.#run(question, span).then((outcome) => {
      this.#open = undefined;
      done(outcome);
    });
  }

  async #run(question: HostQuestion<Content>, span: AskedSpan): Promise<Outcome | undefined> {
    let text = '';
    try {
      for await (const piece of boundedAnswer(this.#answer(question))) {
        if (question.signal?.aborted) return undefined;
        text += piece;
        this.#tell({ type: 'piece', text: piece });
      }
    } catch (thrown) {
      return question.signal?.aborted ? undefined : { answered: false, error: asFramenestError(thrown) };
    }
    if (question.signal?.aborted) return undefined;
    this.#tell({ type: 'answer', text, ...span });
    return { answered: true };
  }
}
