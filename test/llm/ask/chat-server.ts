import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

/** Chat completions with pictures, as OpenAI documents them; anything else is refused. */
const textPart = z.strictObject({ type: z.literal('text'), text: z.string().min(1) });
const picturePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: z.string().regex(/^data:image\/jpeg;base64,\/9j\//),
    detail: z.enum(['auto', 'low', 'high']),
  }),
});
const request = z.strictObject({
  model: z.literal('seer'),
  messages: z
    .array(
      z.discriminatedUnion('role', [
        z.strictObject({ role: z.literal('system'), content: z.string() }),
        z.strictObject({ role: z.literal('user'), content: z.array(z.union([textPart, picturePart])).min(1) }),
      ]),
    )
    .min(1),
  max_completion_tokens: z.int().positive().optional(),
  max_tokens: z.int().positive().optional(),
  temperature: z.number().min(0).max(2),
  stream: z.literal(true),
});

/** One question as it came. */
export interface Chat {
  readonly system: string | undefined;
  /** The last text. */
  readonly prompt: string;
  readonly pictures: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly authorization: string | undefined;
}

/** What happens to a question in place of its answer. */
export type Mishap = number | 'cut';

/** An OpenAI-compatible service with one model, `seer`, on a port of this machine. */
export class ChatServer {
  readonly chats: Chat[] = [];
  /** Of the next questions, in order. */
  readonly mishaps: Mishap[] = [];
  /** Why requests were refused that no service would take. */
  readonly refused: string[] = [];
  /** Answers under way, and the most that there ever were. */
  open = 0;
  peak = 0;
  /** Answers wait for `release` while this is set. */
  holding = false;
  #held: (() => void)[] = [];
  #server: Server | undefined;
  #port = 0;

  readonly #reply: (chat: Chat, count: number) => string[];

  /** @param reply - the words of an answer; by default how many pictures it saw */
  constructor(reply: (chat: Chat, count: number) => string[] = ({ pictures }) => ['I see ', `${pictures}.`]) {
    this.#reply = reply;
    onTestFinished(() => this.stop());
  }

  /** What `--host` takes. */
  get spec(): string {
    return `openai:http://127.0.0.1:${this.#port}/v1`;
  }

  /** Listens, at the port that it had before where it had one. */
  async start(): Promise<this> {
    const server = createServer((incoming, response) => void this.#serve(incoming, response));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Goes away at once. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.release();
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /** Lets every answer go that waits. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(incoming).catch(() => '');
    const parsed = request.safeParse(jsonOf(body));
    if (incoming.url !== '/v1/chat/completions' || !parsed.success) {
      this.refused.push(`${incoming.url ?? ''} ${parsed.error?.message ?? ''}`);
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'Not understood.', type: 'invalid_request_error' } }));
      return;
    }
    const chat = chatOf(parsed.data, incoming.headers.authorization);
    const count = this.chats.push(chat);
    this.peak = Math.max(this.peak, ++this.open);
    response.once('close', () => this.open--);
    const mishap = this.mishaps.shift();
    if (typeof mishap === 'number') {
      response.writeHead(mishap, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'It is so.', type: 'server_error' } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (mishap === 'cut') {
      response.write(chunk({ content: 'Half an ' }), () => setImmediate(() => response.destroy()));
      return;
    }
    if (this.holding) await new Promise<void>((go) => this.#held.push(go));
    for (const word of this.#reply(chat, count)) response.write(chunk({ content: word }));
    response.write(chunk({}, 'stop'));
    response.end('data: [DONE]\n\n');
  }
}

function chatOf(data: z.infer<typeof request>, authorization: string | undefined): Chat {
  const user = data.messages.find((message) => message.role === 'user');
  const system = data.messages.find((message) => message.role === 'system');
  const parts = user?.content ?? [];
  const last = parts.at(-1);
  return {
    system: system?.content,
    prompt: last?.type === 'text' ? last.text : '',
    pictures: parts.filter(({ type }) => type === 'image_url').length,
    maxTokens: data.max_completion_tokens ?? data.max_tokens ?? 0,
    temperature: data.temperature,
    authorization,
  };
}

function chunk(delta: object, end: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: end }];
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'seer', choices })}\n\n`;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
