import { FramenestError } from '../../errors.ts';
import { checkQuestion } from '../check-question.ts';
import type { HostOptions, HostQuestion, PictureHost } from '../host.ts';
import { pictureParts } from '../pictures/picture-parts.ts';
import type { PicturePart } from '../pictures/picture-parts.ts';
import { SizedJpegs } from '../pictures/sized-jpegs.ts';
import type { PictureContent } from '../window-frame.ts';
import { hostError } from './host-error.ts';
import type { HostIdentity } from './host-error.ts';
import { linkSignals } from './linked-signal.ts';
import { retryingPieces } from './retrying.ts';
import { Turns } from './realtime-turns.ts';

/** How a host that takes pictures is told of them. */
export interface PictureHostOptions extends HostOptions {
  /** Longer edge of a picture of 144 tokens, pixels; that of `pictureFrames`. Default 384. */
  readonly edge?: number;
}

/** What is asked in a session. */
export type SessionQuestion = Pick<HostQuestion<PictureContent>, 'prompt' | 'system' | 'maxTokens' | 'temperature'>;

/** What a new session is wanted for. */
export interface SessionWish {
  readonly parts: readonly PicturePart[];
  readonly question: SessionQuestion;
  readonly signal: AbortSignal;
}

/** One WebSocket to a host, and what it knows there of the window. Asked one question at a time. */
export interface LiveSession {
  /** It can be asked about these parts without a new one. */
  fits(parts: readonly PicturePart[], question: SessionQuestion): boolean;
  /**
   * Sends what it was not sent yet and asks. Leaving the loop, or the signal, takes the question back. After a failure that
   * leaves its state uncertain it fits no more.
   */
  answer(
    parts: readonly PicturePart[],
    question: SessionQuestion,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined>;
  /** Resolves once nothing of the last answer is to come any more. Never rejects. */
  settled(): Promise<void>;
  /** Cuts the connection. Safe to call twice. */
  close(): void;
}

/** What the hosts with sessions have of their own. */
export interface LiveHostParts {
  readonly identity: HostIdentity;
  readonly contextTokens: number | undefined;
  /** Opens a session, after `last` where there was one, which may be worth resuming and is closed. */
  readonly open: (wish: SessionWish, last: LiveSession | undefined) => Promise<LiveSession>;
}

/**
 * A host that keeps what it was sent, in a session: only what is new of a window is sent, and a session that was lost, or
 * that no longer fits, is opened anew. Questions wait for each other. Connects with the first question.
 */
export class LiveHost implements PictureHost {
  readonly takes = 'pictures';
  readonly name: string;
  readonly contextTokens: number | undefined;
  readonly #parts: LiveHostParts;
  readonly #attempts: number;
  readonly #sized: SizedJpegs;
  readonly #turns = new Turns();
  readonly #closing = new AbortController();
  #session: LiveSession | undefined;

  constructor(parts: LiveHostParts, { attempts = 4, edge }: PictureHostOptions) {
    this.name = parts.identity.name;
    this.contextTokens = parts.contextTokens;
    this.#parts = parts;
    this.#attempts = attempts;
    this.#sized = new SizedJpegs(edge);
  }

  /** See `LlmHost`. */
  async *ask(question: HostQuestion<PictureContent>): AsyncGenerator<string, void, undefined> {
    checkQuestion(question, this.name, this.#closing.signal.aborted);
    const linked = linkSignals(this.#closing.signal, question.signal);
    const { signal } = linked;
    try {
      const parts = await pictureParts(question.window, this.#sized);
      const leave = await this.#turns.take(signal);
      if (leave) yield* this.#answer(parts, question, signal, leave);
    } finally {
      linked.release();
    }
  }

  /** See `LlmHost`. */
  close(): Promise<void> {
    this.#closing.abort();
    this.#session?.close();
    this.#session = undefined;
    return Promise.resolve();
  }

  async *#answer(
    parts: readonly PicturePart[],
    question: SessionQuestion,
    signal: AbortSignal,
    leave: () => void,
  ): AsyncGenerator<string, void, undefined> {
    const toError = (thrown: unknown): FramenestError => hostError(thrown, this.#parts.identity);
    try {
      yield* retryingPieces(() => this.#attempt(parts, question, signal), {
        attempts: this.#attempts,
        toError,
        signal,
      });
    } finally {
      // Not waited for: whoever takes a question back goes on at once.
      void (this.#session?.settled() ?? Promise.resolve()).then(leave);
    }
  }

  async *#attempt(
    parts: readonly PicturePart[],
    question: SessionQuestion,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    const session = await this.#fitting(parts, question, signal);
    yield* session.answer(parts, question, signal);
  }

  async #fitting(parts: readonly PicturePart[], question: SessionQuestion, signal: AbortSignal): Promise<LiveSession> {
    const last = this.#session;
    await last?.settled();
    if (last?.fits(parts, question)) return last;
    last?.close();
    const session = await this.#parts.open({ parts, question, signal }, last);
    if (signal.aborted) session.close();
    return (this.#session = session);
  }
}

/**
 * The key of a service that has one.
 * @param where - whose key, and where it is looked for
 * @throws FramenestError OPTION_INVALID where there is none
 */
export function keyOf({ key }: HostOptions, where: string): string {
  if (key) return key;
  throw new FramenestError('OPTION_INVALID', {
    what: `There is no key for ${where}.`,
    mend: 'Set it in the environment.',
  });
}
