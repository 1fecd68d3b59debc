import type { RealtimeClientEvent, RealtimeError, RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import type { FramenestError } from '../../errors.ts';
import type { PicturePart } from '../pictures/picture-parts.ts';
import { hostError } from './host-error.ts';
import type { HostIdentity } from './host-error.ts';
import { Answer } from './realtime-answer.ts';
import { RealtimeConversation } from './realtime-conversation.ts';
import { eventError, failedResponse } from './realtime-error.ts';
import type { LiveSession, SessionQuestion } from './realtime-host.ts';
import { openRealtimeSocket } from './realtime-socket.ts';
import type { RealtimeAddress, RealtimeSocket } from './realtime-socket.ts';

/** How long an answer that was taken back may take to stop, milliseconds; then the connection is cut. */
const CANCEL_MS = 5_000;

/** Most tokens of an answer that the interface takes. */
const ANSWER_TOKENS = 4096;

/** Where the conversation outgrows the model, it is cut to so much of it in one step: what is left stays cached. */
const truncation = { type: 'retention_ratio', retention_ratio: 0.8 } as const;

/** Complaints about what is over already: they come where a cancel or a delete crosses an end. */
const harmless = new Set(['response_cancel_not_active', 'item_delete_invalid_item_id', 'item_not_found']);

/** The response that a question has at the host. */
interface Response {
  id: string | undefined;
  /** Nobody wants it any more. */
  unwanted: boolean;
  /** It has ended, or will never. */
  readonly over: Promise<void>;
  readonly end: () => void;
}

/**
 * A session with OpenAI's Realtime interface. Its conversation holds the window and nothing else: what has aged or was let
 * go is deleted, and so is the question after its answer, which is made out of band and never becomes a part of it.
 */
export class RealtimeSession implements LiveSession {
  readonly #host: HostIdentity;
  readonly #silenceS: number;
  readonly #conversation = new RealtimeConversation((event) => this.#send(event));
  /** Ends when the host has taken our settings. */
  readonly #greeting: Answer;
  #socket: RealtimeSocket | undefined;
  #answer: Answer | undefined;
  #response: Response | undefined;
  #alive = true;

  private constructor(host: HostIdentity, silenceS: number) {
    this.#host = host;
    this.#silenceS = silenceS;
    this.#greeting = new Answer(host, silenceS);
  }

  /** Connects, and wants text in place of speech. */
  static async open(address: RealtimeAddress, host: HostIdentity, signal: AbortSignal): Promise<RealtimeSession> {
    const session = new RealtimeSession(host, address.silenceS);
    const abort = (): void => session.close();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const events = {
        onEvent: (event: RealtimeServerEvent) => session.#hear(event),
        onOver: (thrown: Error) => session.#over(hostError(thrown, host, 'answer')),
      };
      session.#socket = await openRealtimeSocket(address, host, events, signal);
      session.#send({
        type: 'session.update',
        session: { type: 'realtime', output_modalities: ['text'], truncation },
      });
      await session.#greeting.complete();
      return session;
    } catch (thrown) {
      session.close();
      throw thrown;
    } finally {
      session.#greeting.end();
      signal.removeEventListener('abort', abort);
    }
  }

  /** See `LiveSession`. */
  fits(): boolean {
    return this.#alive;
  }

  /** See `LiveSession`. */
  async *answer(
    parts: readonly PicturePart[],
    question: SessionQuestion,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    if (signal.aborted) return;
    const answer = new Answer(this.#host, this.#silenceS);
    this.#answer = answer;
    let asked: string | undefined;
    try {
      this.#conversation.tell(parts);
      asked = this.#conversation.add([{ type: 'input_text', text: question.prompt }]);
      this.#response = newResponse();
      this.#respond(question);
      yield* answer.pieces(signal);
    } finally {
      answer.end();
      this.#answer = undefined;
      this.#takeBack();
      if (asked !== undefined) this.#conversation.remove(asked);
    }
  }

  /** See `LiveSession`. */
  settled(): Promise<void> {
    return this.#response?.over ?? Promise.resolve();
  }

  /** See `LiveSession`. */
  close(): void {
    this.#alive = false;
    this.#socket?.close();
    this.#socket = undefined;
    this.#greeting.end();
    this.#answer?.end();
    this.#response?.end();
  }

  #send(event: RealtimeClientEvent): void {
    this.#socket?.send(event);
  }

  #respond({ system, maxTokens = 256 }: SessionQuestion): void {
    this.#send({
      type: 'response.create',
      response: {
        conversation: 'none',
        output_modalities: ['text'],
        max_output_tokens: Math.min(maxTokens, ANSWER_TOKENS),
        ...(system !== undefined && { instructions: system }),
      },
    });
  }

  /** The loop was left. Where the host is still at it, it is told to stop, and nothing else is asked before it has. */
  #takeBack(): void {
    const response = this.#response;
    if (!response || !this.#alive) return;
    response.unwanted = true;
    this.#cancel();
    const timer = setTimeout(() => this.close(), CANCEL_MS);
    void response.over.then(() => clearTimeout(timer));
  }

  /** A response out of band can be cancelled by its id alone: one that has none yet is cancelled as soon as it has. */
  #cancel(): void {
    const { id, unwanted } = this.#response ?? {};
    if (unwanted && id !== undefined) this.#send({ type: 'response.cancel', response_id: id });
  }

  #hear(event: RealtimeServerEvent): void {
    this.#answer?.heard();
    switch (event.type) {
      case 'session.updated':
        return this.#greeting.end();
      case 'response.created':
        if (this.#response) this.#response.id = event.response.id;
        return this.#cancel();
      case 'response.output_text.delta':
        return this.#answer?.put(event.delta);
      case 'response.done':
        return this.#done(failedResponse(event.response, this.#host));
      case 'error':
        return this.#complain(event.error);
      default:
    }
  }

  #done(failure: FramenestError | undefined): void {
    this.#response?.end();
    this.#response = undefined;
    if (failure) this.#answer?.fail(failure);
    else this.#answer?.end();
  }

  /** The host did not do what it was told: what its conversation holds is uncertain from here on. */
  #complain(error: RealtimeError): void {
    if (!harmless.has(error.code ?? '')) this.#over(eventError(error, this.#host));
  }

  #over(error: FramenestError): void {
    this.#greeting.fail(error);
    this.#answer?.fail(error);
    this.close();
  }
}

function newResponse(): Response {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  return { id: undefined, unwanted: false, over, end };
}
