import { randomInt } from 'node:crypto';
import { FramenestError } from '../../errors.ts';
import { checkQuestion } from '../check-question.ts';
import type { HostQuestion, TokenHost } from '../host.ts';
import type { TokenContent, TokenOrigin } from '../window-frame.ts';
import { AnswerText } from './answer-text.ts';
import { DecoderSeat } from './decoder-seat.ts';
import type { AnswerPlan, LocalCounters } from './decoder-seat.ts';
import { newDecoderWorker } from './decoder-thread.ts';
import { checkOrigin } from './local-model.ts';
import type { LocalModel } from './local-model.ts';
import type { LocalSettings } from './local-options.ts';
import { modelInvalid } from './model-invalid.ts';
import type { ModelFolder } from './model-folder.ts';
import { composePrompt } from './prompt.ts';
import type { Prompt } from './prompt.ts';
import { Turns } from './turns.ts';

/** Tokens of an answer where nobody says. */
const usualTokens = 256;

/** A language model in a thread of this process. Answers one question at a time; the others wait, so many and no more. */
export class LocalHost implements TokenHost {
  readonly takes = 'tokens';
  readonly name: string;
  /** Positions for a question and its answer together. */
  readonly contextTokens: number;
  readonly #model: LocalModel;
  readonly #settings: LocalSettings;
  readonly #seat: DecoderSeat;
  readonly #channels: number;
  readonly #turns: Turns;
  readonly #closing = new AbortController();

  private constructor(
    model: LocalModel,
    settings: LocalSettings,
    seat: DecoderSeat,
    facts: { channels: number; contextTokens: number },
  ) {
    this.name = `local model ${model.name}`;
    this.contextTokens = facts.contextTokens;
    this.#channels = facts.channels;
    this.#model = model;
    this.#settings = settings;
    this.#seat = seat;
    this.#turns = new Turns(settings.maxWaiting);
  }

  /**
   * Loads the graphs.
   * @param newWorker how to make a thread; only tests pass their own
   * @throws FramenestError MODEL_INVALID; HOST_FAILED where the thread dies while it loads them
   */
  static async start(
    model: LocalModel,
    { embedPath, decoderPath }: ModelFolder,
    settings: LocalSettings,
    newWorker = newDecoderWorker,
  ): Promise<LocalHost> {
    const { threads, cacheBytes } = settings;
    const contextTokens = Math.min(model.contextTokens, settings.contextTokens ?? Infinity);
    const setup = { embedPath, decoderPath, threads, cacheBytes, contextTokens };
    const seat = new DecoderSeat(setup, settings.silenceMs, newWorker);
    const { shape, contextTokens: room } = await seat.thread();
    if (model.facts.channels !== undefined && model.facts.channels !== shape.channels) {
      await seat.close();
      throw modelInvalid(
        `${decoderPath} has embeddings of ${shape.channels} channels; config.json says ${model.facts.channels}.`,
        'Take config.json and graphs of the same model.',
      );
    }
    return new LocalHost(model, settings, seat, { channels: shape.channels, contextTokens: room });
  }

  /** A snapshot; nothing in it changes later. */
  get counters(): LocalCounters {
    return this.#seat.counters;
  }

  /** @throws FramenestError HOST_MISMATCH saying what differs */
  check(origin: TokenOrigin): void {
    checkOrigin(origin, this.name, this.#channels, this.#settings.encoder);
  }

  /**
   * See `LlmHost.ask`. An answer also ends where the context is full.
   * @throws FramenestError CONTEXT_FULL, HOST_MISMATCH, HOST_FAILED; HOST_BUSY where too many wait; ABORTED after
   * {@link close}
   */
  async *ask(question: HostQuestion<TokenContent>): AsyncGenerator<string, void, undefined> {
    const { signal: closing } = this.#closing;
    checkQuestion(question, this.name, closing.aborted);
    const signal = question.signal ? AbortSignal.any([closing, question.signal]) : closing;
    const prompt = this.#prompt(question);
    if (this.#turns.full) throw this.#busy();
    const done = await this.#turns.take(signal);
    if (!done) return;
    try {
      if (!signal.aborted) yield* this.#texts(question, prompt, signal);
    } finally {
      done();
    }
  }

  /** Ends the answer under way, without an error, and the thread. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#seat.close();
  }

  async *#texts(
    question: HostQuestion<TokenContent>,
    prompt: Prompt,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    const text = new AnswerText((tokens) => this.#model.codec.decode(tokens));
    const plan = this.#plan(question, prompt);
    // Id 0 is in every vocabulary; an image's own id may lie beyond the table of embeddings.
    for await (const token of this.#seat.tokens(prompt, plan, 0, signal)) {
      const piece = text.push(token);
      if (piece !== '') yield piece;
    }
    const rest = text.end();
    if (rest !== '' && !signal.aborted) yield rest;
  }

  #plan({ temperature = 0, maxTokens = usualTokens }: HostQuestion<TokenContent>, prompt: Prompt): AnswerPlan {
    const { facts, ends } = this.#model;
    const { topK = facts.topK, topP = facts.topP, seed = randomInt(2 ** 32) } = this.#settings;
    return {
      sampling: { temperature, topK, topP, seed },
      maxTokens: Math.min(Math.floor(maxTokens), this.contextTokens - prompt.keys.length),
      ends,
    };
  }

  #prompt(question: HostQuestion<TokenContent>): Prompt {
    const { codec, template, facts } = this.#model;
    const parts = { codec, template, channels: this.#channels, imageToken: facts.imageToken };
    const prompt = composePrompt(question, parts);
    if (prompt.keys.length < this.contextTokens) return prompt;
    throw new FramenestError('CONTEXT_FULL', {
      what: `The question has ${prompt.keys.length} tokens; the ${this.name} has room for ${this.contextTokens} with the answer.`,
      mend: 'Ask with a smaller window, or raise cacheBytes where that is what limits it.',
    });
  }

  #busy(): FramenestError {
    return new FramenestError('HOST_BUSY', {
      what: `${this.#settings.maxWaiting} questions wait for the ${this.name} already.`,
      mend: 'Ask less often, or raise maxWaiting.',
    });
  }
}
