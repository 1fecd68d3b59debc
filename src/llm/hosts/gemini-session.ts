import type { LiveConnectConfig, LiveServerContent, LiveServerMessage, Part } from '@google/genai';
import { FramenestError } from '../../errors.ts';
import { partKey, sharedBeginning } from '../pictures/picture-parts.ts';
import type { PicturePart } from '../pictures/picture-parts.ts';
import { connectGemini } from './gemini-connection.ts';
import type { GeminiAddress, GeminiConnection } from './gemini-connection.ts';
import type { HostIdentity } from './host-error.ts';
import { Answer } from './realtime-answer.ts';
import type { LiveSession, SessionQuestion, SessionWish } from './realtime-host.ts';

/** Base64 of one message at most, characters; a picture that is larger goes alone. */
const MESSAGE_MOST = 1 << 20;

/** Speech is 25 tokens a second and some 2.5 words, or 3.3 tokens of text: so many for one of these. */
const SPOKEN_TOKENS = 8;

/** Ends of a turn that are none of an answer: something was refused. */
const refusals = /PROHIBITED|REJECTED|SAFETY|BLOCKLIST|CELEBRITY|UNSAFE/;

/** State of a session that the host can go on from, and the parts that are in it. */
interface Resumable {
  readonly handle: string;
  readonly sent: readonly string[];
}

/** Where a session is to be had, and how pictures are looked at there. */
export interface GeminiSetup {
  readonly address: GeminiAddress;
  readonly host: HostIdentity;
  readonly resolution: 'MEDIA_RESOLUTION_LOW' | 'MEDIA_RESOLUTION_MEDIUM';
  /** The model answers in speech alone: the host is asked for its words. */
  readonly speaks: boolean;
}

/**
 * A session with Gemini Live. What was said there cannot be taken back: it goes on while the window only grows, and a
 * window that was cut needs a new one. Questions and answers stay in it; the host lets its oldest part go where it gets too
 * long.
 */
export class GeminiSession implements LiveSession {
  readonly #setup: GeminiSetup;
  readonly #settings: string;
  #connection: GeminiConnection | undefined;
  #sent: readonly string[];
  #resumable: Resumable | undefined;
  #answer: Answer | undefined;
  #alive = true;

  private constructor(setup: GeminiSetup, settings: string, sent: readonly string[]) {
    this.#setup = setup;
    this.#settings = settings;
    this.#sent = sent;
  }

  /**
   * Opens a session; one that goes on from the last where the host kept its state and the window has only grown since.
   */
  static async open(setup: GeminiSetup, wish: SessionWish, last: LiveSession | undefined): Promise<GeminiSession> {
    const resumable = last instanceof GeminiSession ? last.#resumableFor(wish) : undefined;
    if (!resumable) return GeminiSession.#connect(setup, wish, undefined);
    try {
      return await GeminiSession.#connect(setup, wish, resumable);
    } catch {
      // The state may be gone; whatever else is wrong shows again.
      return GeminiSession.#connect(setup, wish, undefined);
    }
  }

  static async #connect(
    setup: GeminiSetup,
    { question, signal }: SessionWish,
    resumable: Resumable | undefined,
  ): Promise<GeminiSession> {
    const session = new GeminiSession(setup, settingsOf(question), resumable?.sent ?? []);
    const { address, host } = setup;
    const events = {
      onMessage: (message: LiveServerMessage) => session.#hear(message),
      onOver: (error: FramenestError) => session.#over(error),
    };
    const config = configOf(question, setup, resumable?.handle);
    session.#connection = await connectGemini(address, config, host, events, signal);
    return session;
  }

  /** See `LiveSession`. */
  fits(parts: readonly PicturePart[], question: SessionQuestion): boolean {
    return this.#alive && this.#settings === settingsOf(question) && begins(this.#sent, parts);
  }

  /** See `LiveSession`. */
  async *answer(
    parts: readonly PicturePart[],
    question: SessionQuestion,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    if (signal.aborted) return;
    const answer = new Answer(this.#setup.host, this.#setup.address.silenceS);
    this.#answer = answer;
    try {
      for (const message of messagesOf(parts.slice(this.#sent.length))) this.#send(message, false);
      this.#sent = parts.map(partKey);
      this.#send([{ text: question.prompt }], true);
      yield* answer.pieces(signal);
    } finally {
      answer.end();
      // Still there: it was taken back, or failed. There is no word for that but to go.
      if (this.#isAnswering) this.close();
      this.#answer = undefined;
    }
  }

  /** See `LiveSession`: nothing comes from a session that is over. */
  settled(): Promise<void> {
    return Promise.resolve();
  }

  /** See `LiveSession`. */
  close(): void {
    this.#alive = false;
    this.#connection?.close();
    this.#answer?.end();
  }

  get #isAnswering(): boolean {
    return this.#answer !== undefined;
  }

  #resumableFor({ parts, question }: SessionWish): Resumable | undefined {
    if (!this.#resumable || this.#settings !== settingsOf(question)) return undefined;
    return begins(this.#resumable.sent, parts) ? this.#resumable : undefined;
  }

  // `realtimeInput` would not keep pictures and the times between them in order; content of the client does.
  #send(parts: Part[], turnComplete: boolean): void {
    this.#connection?.session.sendClientContent({ turns: [{ role: 'user', parts }], turnComplete });
  }

  #hear({ serverContent, goAway, sessionResumptionUpdate }: LiveServerMessage): void {
    this.#answer?.heard();
    const { newHandle, resumable } = sessionResumptionUpdate ?? {};
    // Within an answer the state lacks a part of it.
    if (newHandle && resumable && !this.#answer) this.#resumable = { handle: newHandle, sent: this.#sent };
    if (serverContent) this.#hearContent(serverContent);
    // The answer at hand may still come; the next question needs another connection.
    if (goAway) this.#alive = false;
  }

  #hearContent(content: LiveServerContent): void {
    this.#answer?.put(this.#setup.speaks ? transcribed(content) : spoken(content.modelTurn?.parts));
    const { turnComplete, turnCompleteReason } = content;
    if (turnComplete !== true) return;
    const answer = this.#answer;
    this.#answer = undefined;
    const reason: string = turnCompleteReason ?? '';
    if (refusals.test(reason)) answer?.fail(this.#refused(reason));
    else answer?.end();
  }

  #refused(reason: string): FramenestError {
    return new FramenestError('HOST_REFUSED', {
      what: `${this.#setup.host.name} does not answer this: ${reason.slice(0, 80)}.`,
      mend: 'Ask otherwise.',
    });
  }

  #over(error: FramenestError): void {
    this.#alive = false;
    this.#answer?.fail(error);
  }
}

/** What the host has heard its model say. */
function transcribed({ outputTranscription }: LiveServerContent): string {
  return outputTranscription?.text ?? '';
}

/** What is said aloud: models may send their thoughts too. */
function spoken(parts: readonly Part[] = []): string {
  return parts.map(({ text = '', thought = false }) => (thought ? '' : text)).join('');
}

/** What a session is set up with once and for all. */
function settingsOf({ system, maxTokens, temperature }: SessionQuestion): string {
  return JSON.stringify([system, maxTokens, temperature]);
}

/** Whether the parts begin with those. */
function begins(sent: readonly string[], parts: readonly PicturePart[]): boolean {
  return sharedBeginning(sent, parts.slice(0, sent.length).map(partKey)) === sent.length;
}

function configOf(
  { system, maxTokens = 256, temperature = 0 }: SessionQuestion,
  { resolution, speaks }: GeminiSetup,
  handle: string | undefined,
): LiveConnectConfig {
  // The package's enums are these words; its types know only the enums, and loading it is put off.
  const words = {
    responseModalities: [speaks ? 'AUDIO' : 'TEXT'],
    mediaResolution: resolution,
  } as unknown as LiveConnectConfig;
  return {
    ...words,
    temperature,
    maxOutputTokens: speaks ? maxTokens * SPOKEN_TOKENS : maxTokens,
    ...(speaks && { outputAudioTranscription: {} }),
    contextWindowCompression: { slidingWindow: {} },
    sessionResumption: handle === undefined ? {} : { handle },
    ...(system !== undefined && { systemInstruction: system }),
  };
}

/** The parts in messages of a bounded size. */
function* messagesOf(parts: readonly PicturePart[]): Generator<Part[], void, undefined> {
  let message: Part[] = [];
  let characters = 0;
  for (const part of parts) {
    const content = contentOf(part);
    const more = content.text?.length ?? content.inlineData?.data?.length ?? 0;
    if (message.length > 0 && characters + more > MESSAGE_MOST) {
      yield message;
      [message, characters] = [[], 0];
    }
    message.push(content);
    characters += more;
  }
  if (message.length > 0) yield message;
}

function contentOf(part: PicturePart): Part {
  if (part.type === 'text') return { text: part.text };
  const { buffer, byteOffset, length } = part.picture.jpeg;
  return { inlineData: { mimeType: 'image/jpeg', data: Buffer.from(buffer, byteOffset, length).toString('base64') } };
}
