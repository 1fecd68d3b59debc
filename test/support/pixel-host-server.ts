import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { closedPort } from './closed-port.ts';
import { sizeOf } from './picture-views.ts';

const dataUri = /^data:image\/jpeg;base64,([A-Za-z0-9+/]+={0,2})$/;

const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1) }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string().regex(dataUri), detail: z.enum(['low', 'high', 'auto']) }),
  }),
]);

const chat = z.strictObject({
  model: z.string(),
  messages: z
    .array(
      z.discriminatedUnion('role', [
        z.strictObject({ role: z.literal('system'), content: z.string().min(1) }),
        z.strictObject({ role: z.literal('user'), content: z.array(part).min(1) }),
      ]),
    )
    .min(1),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  temperature: z.number().min(0).max(2),
  stream: z.literal(true),
});

/** How a host behaves that is asked; for so many requests, then it answers. */
export interface Mischief {
  readonly kind: 'status' | 'silent' | 'stops' | 'nonsense' | 'cut' | 'endless';
  readonly times?: number;
  readonly status?: number;
  readonly retryAfterS?: number;
  readonly words?: string;
}

/** What was asked, as the host understood it: texts, and pictures as `jpeg 384x288 low`. */
export interface Asked {
  readonly model: string;
  readonly system: string | undefined;
  readonly content: readonly string[];
  readonly maxTokens: number;
  readonly temperature: number;
}

/**
 * A host with OpenAI's chat completions whose model sees: it takes what they take and nothing else, decodes every picture,
 * and answers in pieces.
 */
export class PixelHostServer {
  readonly asked: Asked[] = [];
  /** Connections whose client went away before the answer was whole. */
  left = 0;
  key: string | undefined;
  models: readonly object[] = [{ id: 'seer', object: 'model', created: 0, owned_by: 'test', max_model_len: 2048 }];
  pieces: readonly string[] = ['A ', 'red ', 'door.'];
  #mischief: Mischief | undefined;
  #times = 0;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  /** On a free port of this machine, closed when the test ends. */
  static async start(mischief?: Mischief): Promise<PixelHostServer> {
    const server = new PixelHostServer();
    server.#mischief = mischief;
    server.#times = mischief?.times ?? Infinity;
    onTestFinished(() => {
      server.#server.closeAllConnections();
      server.#server.close();
    });
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (this.key !== undefined && request.headers.authorization !== `Bearer ${this.key}`) {
      refuse(response, 401, `Incorrect API key provided: ${request.headers.authorization ?? 'none'}.`);
      return;
    }
    if (request.url === '/v1/models') {
      json(response, 200, { object: 'list', data: this.models });
      return;
    }
    if (request.url !== '/v1/chat/completions' || request.method !== 'POST') {
      refuse(response, 404, 'Not Found');
      return;
    }
    if (this.#mischief && this.#times-- > 0) {
      this.#misbehave(this.#mischief, response);
      return;
    }
    const asked = await this.#read(body);
    if (typeof asked === 'string') {
      refuse(response, 400, asked);
      return;
    }
    this.asked.push(asked);
    response.on('close', () => response.writableFinished || this.left++);
    begin(response);
    for (const piece of this.pieces) say(response, chunk(piece, null));
    say(response, chunk('', 'stop'));
    response.end('data: [DONE]\n\n');
  }

  /** What is wrong with a request, in words; or what was asked. */
  async #read(body: string): Promise<Asked | string> {
    const result = chat.safeParse(JSON.parse(body));
    if (!result.success) return z.prettifyError(result.error);
    const { model, messages, max_tokens: old, max_completion_tokens: maxTokens = old, temperature } = result.data;
    if (maxTokens === undefined) return 'An answer without a limit.';
    const content: string[] = [];
    let system: string | undefined;
    for (const message of messages) {
      if (message.role === 'system') system = message.content;
      else for (const each of message.content) content.push(await wordsOf(each));
    }
    return { model, system, content, maxTokens, temperature };
  }

  #misbehave({ kind, status = 500, retryAfterS, words = 'no' }: Mischief, response: ServerResponse): void {
    response.on('close', () => response.writableFinished || this.left++);
    if (kind === 'silent') return;
    if (kind === 'status') {
      if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS));
      return refuse(response, status, words);
    }
    begin(response);
    if (kind === 'nonsense') return void response.end('data: {"choices": [{"delta"\n\n');
    if (kind === 'endless') {
      const more = (): void => {
        while (!response.destroyed && say(response, chunk('la'.repeat(2000), null)));
      };
      response.on('drain', more);
      return more();
    }
    say(response, chunk('A red ', null));
    if (kind === 'cut') setTimeout(() => response.destroy(), 50);
  }
}

async function wordsOf(content: z.infer<typeof part>): Promise<string> {
  if (content.type === 'text') return content.text;
  const { url, detail } = content.image_url;
  return `${await sizeOf(dataUri.exec(url)?.[1] ?? '')} ${detail}`;
}

function chunk(content: string, finish: string | null): object {
  const choices = [{ index: 0, delta: content === '' ? {} : { content }, finish_reason: finish }];
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'seer', choices };
}

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

function say(response: ServerResponse, event: object): boolean {
  return response.write(`data: ${JSON.stringify(event)}\n\n`);
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, message: string): void {
  json(response, status, { error: { message, type: 'invalid_request_error', param: null, code: null } });
}

/** An address of this machine at which nobody listens. */
export async function deadUrl(): Promise<string> {
  return `http://127.0.0.1:${await closedPort()}/v1`;
}
