import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { LiveServer } from './live-host-servers.ts';
import type { QuestionTrick } from './live-host-servers.ts';
import { sizeOf } from './picture-views.ts';

const realtimeContent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('input_text'), text: z.string().min(1) }),
  z.strictObject({
    type: z.literal('input_image'),
    image_url: z.string().regex(/^data:image\/jpeg;base64,/),
    detail: z.enum(['auto', 'low', 'high']),
  }),
]);

const realtimeEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('session.update'),
    session: z.strictObject({
      type: z.literal('realtime'),
      output_modalities: z.tuple([z.enum(['text', 'audio'])]),
      truncation: z.strictObject({ type: z.literal('retention_ratio'), retention_ratio: z.number().min(0).max(1) }),
    }),
  }),
  z.strictObject({
    type: z.literal('conversation.item.create'),
    item: z.strictObject({
      id: z.string().max(32),
      type: z.literal('message'),
      role: z.literal('user'),
      content: z.array(realtimeContent).min(1),
    }),
  }),
  z.strictObject({ type: z.literal('conversation.item.delete'), item_id: z.string() }),
  z.strictObject({
    type: z.literal('response.create'),
    response: z.strictObject({
      conversation: z.literal('none'),
      output_modalities: z.tuple([z.literal('text')]),
      max_output_tokens: z.int().min(1).max(4096),
      instructions: z.string().optional(),
    }),
  }),
  z.strictObject({ type: z.literal('response.cancel'), response_id: z.string() }),
]);

type RealtimeEvent = z.infer<typeof realtimeEvent>;

/** OpenAI's Realtime interface as far as text and pictures go: unknown fields, ids and responses are errors. */
export class RealtimeServer extends LiveServer {
  readonly instructions: (string | undefined)[] = [];
  readonly models: string[] = [];
  cancelled = 0;
  deleted = 0;
  protected readonly path = /^\/v1\/realtime\?model=[\w.-]+$/;
  #made = 0;

  /** On a free port of this machine, closed when the test ends. */
  static async start(): Promise<RealtimeServer> {
    const server = new RealtimeServer();
    await server.listen();
    return server;
  }

  protected refusal({ headers }: IncomingMessage): readonly [number, string] | undefined {
    if (headers.authorization === `Bearer ${this.key}`) return undefined;
    const message = `Incorrect API key provided: ${headers.authorization?.slice(7) ?? ''}.`;
    return [401, JSON.stringify({ error: { message, type: 'invalid_request_error' } })];
  }

  protected greet(socket: WebSocket, { url = '' }: IncomingMessage): void {
    this.models.push(new URL(url, this.origin).searchParams.get('model') ?? '');
    const session = new RealtimeTalk(
      this,
      socket,
      () => `${this.#made++}`,
      () => this.trick('question'),
    );
    socket.on('message', (data: Buffer) => void session.hear(data.toString()));
    session.say({ type: 'session.created', session: { type: 'realtime' } });
  }
}

class RealtimeTalk {
  readonly #server: RealtimeServer;
  readonly #socket: WebSocket;
  readonly #newId: () => string;
  readonly #trick: () => QuestionTrick | undefined;
  readonly #items = new Map<string, string[]>();
  #active: string | undefined;
  #last = Promise.resolve();

  constructor(server: RealtimeServer, socket: WebSocket, newId: () => string, trick: () => QuestionTrick | undefined) {
    this.#server = server;
    this.#socket = socket;
    this.#newId = newId;
    this.#trick = trick;
  }

  say(event: object): void {
    this.#socket.send(JSON.stringify({ event_id: `event_${this.#newId()}`, ...event }));
  }

  /** One event after another. */
  hear(text: string): Promise<void> {
    const parsed = realtimeEvent.safeParse(JSON.parse(text));
    this.#last = this.#last.then(() =>
      parsed.success ? this.#obey(parsed.data) : this.#complain('unknown_parameter', z.prettifyError(parsed.error)),
    );
    return this.#last;
  }

  #complain(code: string, message: string): void {
    this.say({ type: 'error', error: { type: 'invalid_request_error', code, message, param: null, event_id: null } });
  }

  async #obey(event: RealtimeEvent): Promise<void> {
    switch (event.type) {
      case 'session.update': {
        this.say({ type: 'session.updated', session: event.session });
        return;
      }
      case 'conversation.item.create':
        return this.#create(event.item);
      case 'conversation.item.delete':
        if (!this.#items.delete(event.item_id)) {
          this.#complain('item_delete_invalid_item_id', `Item ${event.item_id} does not exist.`);
          return;
        }
        this.#server.deleted++;
        {
          this.say({ type: 'conversation.item.deleted', item_id: event.item_id });
          return;
        }
      case 'response.create': {
        this.#respond(event.response.instructions);
        return;
      }
      case 'response.cancel': {
        this.#cancel(event.response_id);
        return;
      }
    }
  }

  async #create({ id, content }: Extract<RealtimeEvent, { type: 'conversation.item.create' }>['item']): Promise<void> {
    if (this.#items.has(id)) {
      this.#complain('item_already_exists', `Item ${id} exists.`);
      return;
    }
    const words: string[] = [];
    for (const part of content) {
      if (part.type === 'input_text') words.push(part.text);
      else {
        this.#server.pictures++;
        words.push(`${await sizeOf(part.image_url.slice('data:image/jpeg;base64,'.length))} ${part.detail}`);
      }
    }
    this.#items.set(id, words);
    this.say({ type: 'conversation.item.added', item: { id } });
  }

  #respond(instructions: string | undefined): void {
    if (this.#active !== undefined) {
      return this.#complain('conversation_already_has_active_response', `${this.#active} is in progress.`);
    }
    this.#server.asked.push([...this.#items.values()].flat());
    this.#server.instructions.push(instructions);
    const trick = this.#trick();
    if (trick && 'event' in trick) return this.say(trick.event);
    const id = `resp_${this.#newId()}`;
    this.#active = id;
    this.say({ type: 'response.created', response: { id, status: 'in_progress' } });
    for (const delta of trick?.say ?? (trick ? [] : this.#server.pieces)) {
      const place = { response_id: id, item_id: 'item', output_index: 0, content_index: 0 };
      this.say({ type: 'response.output_text.delta', ...place, delta });
    }
    if (!trick) return this.#done('completed');
    if ('closes' in trick) return this.#socket.close(trick.closes, trick.words);
    if (trick.then === 'cut') this.#socket.terminate();
    if (trick.then === 'nonsense') this.#socket.send('{"type": "response.');
  }

  #cancel(id: string): void {
    if (this.#active !== id) return this.#complain('response_cancel_not_active', 'no active response found');
    this.#server.cancelled++;
    this.#done('cancelled');
  }

  #done(status: string): void {
    this.say({ type: 'response.done', response: { id: this.#active, status, output: [] } });
    this.#active = undefined;
  }
}
