import { FramenestError } from '../../errors.ts';
import { checkQuestion } from '../check-question.ts';
import type { HostQuestion, TokenExpectation, TokenHost } from '../host.ts';
import { bytesPerValue } from '../payload/tensor.ts';
import type { TokenContent, TokenOrigin } from '../window-frame.ts';
import { chatPieces } from './chat-stream.ts';
import { checkOrigin, checkFrames } from './frame-check.ts';
import type { FrameDoor } from './frame-door.ts';
import type { TokenDtype } from './frame-payload.ts';
import type { HostAddress } from './host-address.ts';
import { hostError } from './host-error.ts';
import { linkSignals } from './linked-signal.ts';
import { retryingPieces } from './retrying.ts';
import type { ServedModel } from './served-model.ts';

/** A host over HTTP, and what is known of it. */
export interface HttpTokenHostParts {
  readonly address: HostAddress;
  readonly model: ServedModel;
  /** What its model expects, or the sentence that says why nothing can be sent to it. */
  readonly expects: TokenExpectation | FramenestError;
  readonly door: FrameDoor;
  /** How its door writes tokens. */
  readonly dtype: TokenDtype;
}

/** A host that takes tokens as parts of an OpenAI-like chat: vLLM, TensorRT-LLM. */
export class HttpTokenHost implements TokenHost {
  readonly takes = 'tokens';
  readonly name: string;
  readonly contextTokens: number | undefined;
  readonly #parts: HttpTokenHostParts;
  readonly #closed = new AbortController();

  constructor(parts: HttpTokenHostParts) {
    this.#parts = parts;
    this.name = parts.address.name;
    this.contextTokens = parts.model.contextTokens;
  }

  /** @throws FramenestError HOST_MISMATCH: stage, channels or digest differ, or nobody said what the model expects */
  check(origin: TokenOrigin): void {
    checkOrigin(origin, this.#expects(), this.#parts.model.name);
  }

  /** @inheritDoc */
  async *ask(question: HostQuestion<TokenContent>): AsyncGenerator<string, void, undefined> {
    checkQuestion(question, this.name, this.#closed.signal.aborted);
    this.#check(question);
    const { address, door, model } = this.#parts;
    const { system, maxTokens = 256, temperature = 0 } = question;
    const linked = linkSignals(question.signal, this.#closed.signal);
    const { signal } = linked;
    const attempt = (): AsyncIterable<string> =>
      door.ask(question, (content) =>
        chatPieces(address, { model: model.name, system, content, maxTokens, temperature }, signal),
      );
    try {
      yield* retryingPieces(attempt, {
        attempts: address.attempts,
        toError: (thrown) => hostError(thrown, address),
        signal,
      });
    } finally {
      linked.release();
    }
  }

  /** Ends the answers under way. There is nothing else to free: connections belong to the process. */
  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }

  #check({ window, maxTokens = 256 }: HostQuestion<TokenContent>): void {
    checkFrames(window, this.#expects(), {
      host: this.#parts.address,
      contextTokens: this.contextTokens,
      answerTokens: maxTokens,
      bytesPerValue: bytesPerValue[this.#parts.dtype],
    });
  }

  #expects(): TokenExpectation {
    const { expects } = this.#parts;
    if (expects instanceof FramenestError) throw expects;
    return expects;
  }
}
