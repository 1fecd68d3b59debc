import { FramenestError } from '../../errors.ts';
import { AnswerInbox } from './answer-inbox.ts';
import { startDecoder, threadFailure } from './decoder-thread.ts';
import type { AnswerEvent, DecoderThread, NewWorker } from './decoder-thread.ts';
import { restOf, sharedLength } from './prompt.ts';
import type { PositionKey, Prompt } from './prompt.ts';
import type { AnswerRequest, DecoderSetup } from './worker/messages.ts';

/** How to answer; see {@link AnswerRequest}. */
export type AnswerPlan = Pick<AnswerRequest, 'sampling' | 'maxTokens' | 'ends'>;

/** What a local model did so far. */
export interface LocalCounters {
  /** Positions of questions that were read. */
  readonly prefilled: number;
  /** Positions of questions that the cache held already. */
  readonly reused: number;
  /** Tokens of answers. */
  readonly generated: number;
  /** Threads that died. */
  readonly deaths: number;
}

/** The answer under way. */
interface Answer {
  readonly id: number;
  readonly inbox: AnswerInbox;
  /** What the cache will hold: the question, then each token of the answer. */
  readonly keys: PositionKey[];
  over: boolean;
}

/**
 * The thread of one model and the knowledge of what its cache holds. Answers one question at a time: what the cache holds
 * of the question and answer before is not read again where the next question begins with it. A thread that dies takes
 * its answer with it; the next question gets a new one. An idle thread does not keep the process alive.
 */
export class DecoderSeat {
  readonly #setup: DecoderSetup;
  readonly #silenceMs: number;
  readonly #newWorker: NewWorker;
  readonly #counters = { prefilled: 0, reused: 0, generated: 0, deaths: 0 };
  #thread: DecoderThread | undefined;
  #held: readonly PositionKey[] = [];
  #answer: Answer | undefined;
  #nextId = 0;
  #closed = false;

  /** @param silenceMs longest time between two signs of life of an answer; then the thread is ended */
  constructor(setup: DecoderSetup, silenceMs: number, newWorker: NewWorker) {
    this.#setup = setup;
    this.#silenceMs = silenceMs;
    this.#newWorker = newWorker;
  }

  /** A snapshot; nothing in it changes later. */
  get counters(): LocalCounters {
    return { ...this.#counters };
  }

  /**
   * The running thread; starts one where there is none.
   * @throws FramenestError MODEL_INVALID, HOST_FAILED, ABORTED after {@link close}
   */
  async thread(): Promise<Pick<DecoderThread, 'shape' | 'contextTokens'>> {
    return this.#running();
  }

  /**
   * Answers a prompt; not before the answer before is over. When the loop ends, the thread is free again.
   * @param stand any token of the vocabulary
   * @param signal ends the answer: the loop ends without an error
   * @returns tokens of the answer
   * @throws FramenestError HOST_FAILED where the model fails, says nothing for too long, or its thread dies
   */
  async *tokens(
    prompt: Prompt,
    plan: AnswerPlan,
    stand: number,
    signal: AbortSignal,
  ): AsyncGenerator<number, void, undefined> {
    const thread = await this.#running();
    const answer: Answer = { id: this.#nextId++, inbox: new AnswerInbox(), keys: [...prompt.keys], over: false };
    const stop = (): void => thread.stop(answer.id);
    this.#answer = answer;
    thread.hold(true);
    signal.addEventListener('abort', stop, { once: true });
    try {
      this.#ask(thread, answer.id, prompt, plan, stand);
      if (signal.aborted) stop();
      for (;;) {
        const event = await this.#next(answer, thread);
        if (event.kind === 'answered') return;
        if (event.kind === 'token' && !signal.aborted) yield event.token;
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      signal.removeEventListener('abort', stop);
      if (!answer.over) stop();
      while (!answer.over) await this.#next(answer, thread).catch(() => undefined);
      this.#answer = undefined;
      thread.hold(false);
    }
  }

  /** Ends the answer under way, without an error, and the thread. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.close();
    // It may have had to be ended in the middle of a run.
    this.#answer?.inbox.fail(threadFailure('it was closed'));
  }

  #ask(thread: DecoderThread, id: number, prompt: Prompt, plan: AnswerPlan, stand: number): void {
    // The last position is always read: its logits choose the first token.
    const keep = Math.min(sharedLength(this.#held, prompt.keys), prompt.keys.length - 1);
    this.#counters.reused += keep;
    this.#held = [];
    thread.ask({ kind: 'answer', id, keep, ...restOf(prompt, keep, stand), ...plan });
  }

  /** The next event, once what it tells has been noted. */
  async #next(answer: Answer, thread: DecoderThread): Promise<AnswerEvent> {
    const silent = (): void => thread.kill(`it said nothing for ${this.#silenceMs / 1000} s`);
    const event = await answer.inbox.next(this.#silenceMs, silent).catch((thrown: unknown) => {
      answer.over = true;
      throw thrown;
    });
    if (event.kind === 'prefilled') this.#counters.prefilled += event.tokens;
    if (event.kind === 'token') {
      this.#counters.generated++;
      answer.keys.push(event.token);
    }
    if (event.kind !== 'answered' && event.kind !== 'failed') return event;
    answer.over = true;
    this.#held = answer.keys.slice(0, event.held);
    if (event.kind === 'answered') return event;
    throw new FramenestError('HOST_FAILED', {
      what: `The local model failed: ${event.reason}.`,
      mend: 'Ask again; if it fails again, check the free memory and the files of the model.',
    });
  }

  async #running(): Promise<DecoderThread> {
    if (this.#isClosed()) throw closed();
    if (this.#thread) return this.#thread;
    const thread = await startDecoder(this.#newWorker(this.#setup), {
      said: (event) => {
        if (event.id === this.#answer?.id) this.#answer.inbox.push(event);
      },
      died: (reason) => this.#died(reason),
    });
    if (this.#isClosed()) {
      await thread.close();
      throw closed();
    }
    this.#thread = thread;
    thread.hold(false);
    return thread;
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #died(reason: string): void {
    this.#counters.deaths++;
    this.#thread = undefined;
    this.#held = [];
    this.#answer?.inbox.fail(threadFailure(reason));
  }
}

function closed(): FramenestError {
  return new FramenestError('ABORTED', { what: 'The local model was closed.', mend: 'Open it again to ask more.' });
}
