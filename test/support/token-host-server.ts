import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TensorReader } from './tensor-reader.ts';
import { HostRefusal, readChat } from './token-host-rules.ts';
import type { ChatRead, HostRules } from './token-host-rules.ts';

/** What a server does with its next request instead of answering it. */
export type Mishap =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Says nothing; headers but no answer; words, then nothing; words, then the connection is gone; … */
  | 'silent'
  | 'silent-after-headers'
  | 'silent-after-piece'
  | 'cut-before-piece'
  | 'cut-after-piece'
  | 'no-finish'
  | 'malformed'
  | 'no-stream'
  | 'error-chunk'
  | 'endless'
  | 'endless-line';

/** One request as it came. */
export interface HostRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: number;
  /** What the message says; undefined of what is no chat, or was refused or mishandled. */
  chat?: ChatRead;
  /** Resolves when the client has gone before its answer was over. */
  readonly left: Promise<void>;
}

/** What its model list says. */
export interface ServerModel {
  readonly id: string;
  readonly root?: string;
  readonly max_model_len?: number;
}

/**
 * Stands in for `vllm serve` and `trtllm-serve`: takes what they take, by their rules ({@link readChat}), and answers as
 * they do. What would end the real engine ends this one too: `crashed` says why, and it answers 500 from then on.
 */
export class TokenHostServer {
  readonly requests: HostRequest[] = [];
  /** For the next requests for chats, in order. */
  readonly mishaps: Mishap[] = [];
  /** For the next requests for the model list. */
  readonly listMishaps: Mishap[] = [];
  crashed: string | undefined;
  readonly #rules: HostRules;
  readonly #models: readonly ServerModel[];
  readonly #key: string | undefined;
  readonly #reader: TensorReader;
  readonly #server: Server;

  private constructor(rules: HostRules, reader: TensorReader, models: readonly ServerModel[], key: string | undefined) {
    this.#rules = rules;
    this.#reader = reader;
    this.#models = models;
    this.#key = key;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** @param reader - reads the payloads; stays its owner's */
  static async start(
    rules: HostRules,
    reader: TensorReader,
    options: { readonly models?: readonly ServerModel[]; readonly key?: string } = {},
  ): Promise<TokenHostServer> {
    const server = new TokenHostServer(rules, reader, options.models ?? [{ id: rules.model }], options.key);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  get chats(): readonly HostRequest[] {
    return this.requests.filter(({ path }) => path === '/v1/chat/completions');
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new Promise<void>((resolve) => response.on('close', () => !response.writableFinished && resolve()));
    const body = await text(request).catch(() => '');
    const { url = '', headers } = request;
    const kept: HostRequest = {
      ...{ path: url, authorization: headers.authorization, headers, bytes: body.length, left },
    };
    this.requests.push(kept);
    const list = url === '/v1/models';
    const mishap = (list ? this.listMishaps : this.mishaps).shift();
    if (mishap !== undefined) {
      befall(mishap, response);
      return;
    }
    try {
      this.#admit(headers.authorization);
      if (list) {
        json(response, 200, { object: 'list', data: this.#models.map(modelCard) });
        return;
      }
      if (url !== '/v1/chat/completions') throw new HostRefusal(404, 'Not Found', 'NotFoundError');
      kept.chat = await readChat(body, this.#rules, this.#reader);
      stream(response, kept.chat, this.#rules.model);
    } catch (thrown) {
      const refusal =
        thrown instanceof HostRefusal ? thrown : new HostRefusal(500, String(thrown), 'InternalServerError');
      if (refusal.fatal) this.crashed = refusal.message;
      json(response, refusal.status, errorBody(refusal));
    }
  }

  #admit(authorization: string | undefined): void {
    if (this.#key !== undefined && authorization !== `Bearer ${this.#key}`) {
      throw new HostRefusal(401, `Incorrect API key provided: ${authorization ?? ''}`, 'AuthenticationError');
    }
    if (this.crashed !== undefined) throw new HostRefusal(500, 'EngineCore encountered an issue.', 'EngineDeadError');
  }
}

/** As both answer: vllm/entrypoints/serve/utils/error_response.py. */
function errorBody({ message, type, status }: HostRefusal): object {
  return { error: { message, type, param: null, code: status } };
}

function modelCard(model: ServerModel): object {
  return { object: 'model', created: 1, owned_by: 'test', ...model };
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

const eventStream = { 'content-type': 'text/event-stream; charset=utf-8' };

/** The answer says what was seen, so that tests see that it was. */
function stream(response: ServerResponse, chat: ChatRead, model: string): void {
  response.writeHead(200, eventStream);
  const words = answerTo(chat);
  response.write(event(chunk(model, { delta: { role: 'assistant', content: '' } })));
  for (const word of words) response.write(event(chunk(model, { delta: { content: word } })));
  response.write(event(chunk(model, { delta: {}, finish_reason: 'stop' })));
  // As with --enable-force-include-usage.
  response.write(event({ ...chunk(model, undefined), usage: { prompt_tokens: 1, completion_tokens: words.length } }));
  response.end('data: [DONE]\n\n');
}

/** `Seen: 36 4 1.` and its pieces. */
function answerTo({ parts }: ChatRead): readonly string[] {
  const counts = parts.flatMap((part) => (part.type === 'text' ? [] : [` ${part.tokens}`]));
  return ['Seen', ':', ...counts, '.'];
}

function chunk(model: string, choice: object | undefined): object {
  const choices = choice === undefined ? [] : [{ index: 0, logprobs: null, finish_reason: null, ...choice }];
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices };
}

function event(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function befall(mishap: Mishap, response: ServerResponse): void {
  if (typeof mishap === 'object') {
    response.writeHead(mishap.status, mishap.headers).end(mishap.body ?? '');
  } else if (mishap !== 'silent') {
    response.writeHead(200, eventStream);
    response.flushHeaders();
    mishapAfterHeaders[mishap](response);
  }
}

const piece = event(chunk('m', { delta: { content: 'Half' } }));
const mishapAfterHeaders: Record<Exclude<Mishap & string, 'silent'>, (response: ServerResponse) => void> = {
  'silent-after-headers': () => undefined,
  'silent-after-piece': (response) => response.write(piece),
  'cut-before-piece': (response) => setImmediate(() => response.destroy()),
  // The socket is destroyed once what was written is on its way.
  'cut-after-piece': (response) => response.write(piece, () => setImmediate(() => response.destroy())),
  'no-finish': (response) => response.end(piece),
  malformed: (response) => response.end('data: {"choices": [{"delta"\n\n'),
  'no-stream': (response) => response.end('<html><body>It works!</body></html>'),
  'error-chunk': (response) =>
    response.end(
      `${event({ error: { message: 'EngineCore encountered an issue.', type: 'InternalServerError', code: 500 } })}data: [DONE]\n\n`,
    ),
  endless: (response) => pour(response, `: ${'x'.repeat(65_536)}\n\n`),
  'endless-line': (response) => pour(response, 'x'.repeat(65_536)),
};

/** As fast as the client takes it, until it goes. */
function pour(response: ServerResponse, bytes: string): void {
  const more = (): void => {
    while (!response.destroyed && response.write(bytes)) void 0;
  };
  response.on('drain', more);
  more();
}
