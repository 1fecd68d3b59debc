import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { LiveServer } from './live-host-servers.ts';
import type { QuestionTrick } from './live-host-servers.ts';
import { sizeOf } from './picture-views.ts';

const geminiPart = z.union([
  z.strictObject({ text: z.string().min(1) }),
  z.strictObject({ inlineData: z.strictObject({ mimeType: z.literal('image/jpeg'), data: z.base64() }) }),
]);

const geminiSetup = z.strictObject({
  setup: z.strictObject({
    model: z.string(),
    generationConfig: z.strictObject({
      responseModalities: z.tuple([z.literal('TEXT')]),
      mediaResolution: z.enum(['MEDIA_RESOLUTION_LOW', 'MEDIA_RESOLUTION_MEDIUM']),
      temperature: z.number(),
      maxOutputTokens: z.int().positive(),
    }),
    contextWindowCompression: z.strictObject({ slidingWindow: z.strictObject({}) }),
    sessionResumption: z.strictObject({ handle: z.string().optional() }),
    systemInstruction: z
      .strictObject({ role: z.string().optional(), parts: z.array(z.strictObject({ text: z.string() })) })
      .optional(),
  }),
});

const geminiContent = z.strictObject({
  clientContent: z.strictObject({
    turns: z.array(z.strictObject({ role: z.literal('user'), parts: z.array(geminiPart).min(1) })).min(1),
    turnComplete: z.boolean(),
  }),
});

/** Gemini Live as far as text and pictures go: what it does not know ends the session with 1007, as there. */
export class GeminiServer extends LiveServer {
  readonly setups: z.infer<typeof geminiSetup>['setup'][] = [];
  /** Whether it tells of handles, and still knows those that it told. */
  resumes = true;
  readonly states = new Map<string, readonly string[]>();
  /** Characters of the longest message that came. */
  longest = 0;
  protected readonly path =
    /^\/\/?ws\/google\.ai\.generativelanguage\.v1(alpha|beta)\.GenerativeService\.BidiGenerateContent\?key=/;
  #talks: GeminiTalk[] = [];

  /** On a free port of this machine, closed when the test ends. */
  static async start(): Promise<GeminiServer> {
    const server = new GeminiServer();
    await server.listen();
    return server;
  }

  protected refusal(): undefined {
    return undefined;
  }

  protected greet(socket: WebSocket, { url = '' }: IncomingMessage): void {
    const right = new URL(url.replace(/^\/\//, '/'), this.origin).searchParams.get('key') === this.key;
    if (!right) return socket.close(1007, 'API key not valid. Please pass a valid API key.');
    const talk = new GeminiTalk(this, socket, () => this.trick('question'));
    this.#talks.push(talk);
    let last = Promise.resolve();
    socket.on('message', (data: Buffer) => {
      last = last.then(() => talk.hear(data.toString()));
    });
  }

  /** Lets every answer that is under way come to its end. */
  finish(): void {
    for (const talk of this.#talks) talk.finish();
  }

  /** Says to everybody that the connection will end soon. */
  goAway(): void {
    for (const talk of this.#talks) talk.say({ goAway: { timeLeft: '50s' } });
  }
}

class GeminiTalk {
  readonly #server: GeminiServer;
  readonly #socket: WebSocket;
  readonly #trick: () => QuestionTrick | undefined;
  #context: string[] | undefined;

  constructor(server: GeminiServer, socket: WebSocket, trick: () => QuestionTrick | undefined) {
    this.#server = server;
    this.#socket = socket;
    this.#trick = trick;
  }

  /** Answers as if nothing had happened. */
  finish(): void {
    if (this.#context) this.#respond(this.#context, false);
  }

  /** In a binary frame, as the service does. */
  say(message: object): void {
    this.#socket.send(Buffer.from(JSON.stringify(message)));
  }

  async hear(text: string): Promise<void> {
    this.#server.longest = Math.max(this.#server.longest, text.length);
    const message: unknown = JSON.parse(text);
    if (this.#context === undefined) {
      this.#begin(message);
      return;
    }
    const parsed = geminiContent.safeParse(message);
    if (!parsed.success) {
      this.#invalid(parsed.error);
      return;
    }
    const { turns, turnComplete } = parsed.data.clientContent;
    for (const part of turns.flatMap(({ parts }) => parts)) {
      if ('text' in part) this.#context.push(part.text);
      else {
        this.#server.pictures++;
        this.#context.push(await sizeOf(part.inlineData.data));
      }
    }
    if (turnComplete) this.#respond(this.#context);
  }

  #invalid(error: z.ZodError): void {
    this.#socket.close(1007, z.prettifyError(error).slice(0, 120));
  }

  #begin(message: unknown): void {
    const parsed = geminiSetup.safeParse(message);
    if (!parsed.success) return this.#invalid(parsed.error);
    const { setup } = parsed.data;
    this.#server.setups.push(setup);
    if (setup.model !== 'models/gemini-live-2.5-flash-preview') {
      return this.#socket.close(1008, `${setup.model} is not found for API version v1beta`);
    }
    const { handle } = setup.sessionResumption;
    const state = handle === undefined ? [] : this.#server.states.get(handle);
    if (!state) return this.#socket.close(1008, 'BidiGenerateContent session not found');
    this.#context = [...state];
    this.say({ setupComplete: {} });
  }

  #respond(context: string[], anew = true): void {
    if (anew) this.#server.asked.push([...context]);
    const trick = this.#trick();
    if (trick && 'event' in trick) return this.say(trick.event);
    for (const text of trick?.say ?? (trick ? [] : this.#server.pieces)) {
      this.say({ serverContent: { modelTurn: { role: 'model', parts: [{ text: 'hm', thought: true }, { text }] } } });
    }
    if (!trick) return this.#complete(context);
    if ('closes' in trick) return this.#socket.close(trick.closes, trick.words);
    if (trick.then === 'cut') this.#socket.terminate();
    if (trick.then === 'nonsense') this.#socket.send(Buffer.from('{"serverContent"'));
  }

  #complete(context: string[]): void {
    context.push(`model: ${this.#server.pieces.join('')}`);
    this.say({ serverContent: { generationComplete: true } });
    this.say({ serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount: 1 } });
    if (!this.#server.resumes) return this.say({ sessionResumptionUpdate: {} });
    const newHandle = `handle-${this.#server.states.size}`;
    this.#server.states.set(newHandle, [...context]);
    this.say({ sessionResumptionUpdate: { newHandle, resumable: true } });
  }
}
