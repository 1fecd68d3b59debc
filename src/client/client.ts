import { FramenestError } from '../errors.ts';
import type { Packet } from '../media/packet.ts';
import { parseServerMessage } from '../wire/control-message.ts';
import type { ClientMessageInput, ServerMessage, StreamEvent, StreamFacts } from '../wire/control-message.ts';
import { decodePacket } from '../wire/packet-codec.ts';
import { Inbox } from './inbox.ts';
import type { ClientSocket } from './socket.ts';
import { Subscription, invalidSubscription } from './subscription.ts';
import type { SubscribeOptions, SubscriptionItem } from './subscription.ts';

/** Events that may wait for their loop. */
const EVENTS_WAITING = 10_000;

/** What events to hear. */
export interface ListenOptions {
  /** Of these streams; default: of all, those that come later included. */
  readonly streams?: readonly string[];
  /** Ends the loop without an error. */
  readonly signal?: AbortSignal;
}

/** A session with a framenest server: the streams it offers, and packets from those that are subscribed. */
export class Client {
  readonly #socket: ClientSocket;
  readonly #subscriptions = new Map<string, Subscription>();
  /** Answers still to come for subscriptions that were left before they were answered, by stream. */
  readonly #unheard = new Map<string, number>();
  #streams: readonly StreamFacts[];
  #events: Inbox<StreamEvent> | undefined;
  /** Answers still to come to `listen`: until then events are those of a loop that was left. */
  #unheardListens = 0;
  #over: FramenestError | undefined;

  /** Use `connect`. */
  constructor(socket: ClientSocket, streams: readonly StreamFacts[]) {
    this.#socket = socket;
    this.#streams = streams;
  }

  /** What the server offers; kept up to date as streams come and go. */
  get streams(): readonly StreamFacts[] {
    return this.#streams;
  }

  /**
   * Follows a stream, once at a time; begins with the loop. Credits are granted as the loop takes items, so a slow loop
   * holds the server back. Leaving the loop unsubscribes.
   * @throws FramenestError OPTION_INVALID; STREAM_UNKNOWN or another code of the server; WIRE_MALFORMED; CONNECTION_LOST
   */
  async *subscribe(stream: string, options: SubscribeOptions = {}): AsyncGenerator<SubscriptionItem, void, undefined> {
    const subscription = this.#begin(stream, options);
    const leave = (): void => subscription.inbox.close();
    options.signal?.addEventListener('abort', leave, { once: true });
    try {
      while (!options.signal?.aborted || subscription.inbox.length > 0) {
        this.#grant(stream, subscription);
        const item = await subscription.inbox.take();
        if (!item) return;
        yield item;
        if (item.type === 'end') return;
      }
    } finally {
      options.signal?.removeEventListener('abort', leave);
      this.#leave(stream, subscription);
    }
  }

  /**
   * Cuts, activity, cameras lost and back, without any tokens; one such loop at a time. Of a camera that is lost already
   * the loss comes first. Leaving the loop ends it.
   * @throws FramenestError OPTION_INVALID; WIRE_LIMIT where the loop falls 10,000 events behind; CONNECTION_LOST
   */
  async *events({ streams, signal }: ListenOptions = {}): AsyncGenerator<StreamEvent, void, undefined> {
    if (this.#events) throw invalidSubscription('events', 'asked for twice at a time');
    if (this.#over) throw this.#over;
    const inbox = new Inbox<StreamEvent>();
    const leave = (): void => inbox.close();
    this.#events = inbox;
    signal?.addEventListener('abort', leave, { once: true });
    try {
      if (signal?.aborted) return;
      this.#say({ type: 'listen', ...(streams && { streams: [...streams] }) });
      this.#unheardListens++;
      for (let event = await inbox.take(); event; event = await inbox.take()) yield event;
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#events = undefined;
      this.#say({ type: 'unlisten' });
    }
  }

  /** Ends the session; subscriptions end without an error. Safe to call twice. */
  close(): void {
    this.#over ??= new FramenestError('CONNECTION_LOST', { what: 'This client was closed.', mend: 'Connect again.' });
    for (const inbox of this.#inboxes) inbox.close();
    this.#socket.close(1000);
  }

  /** A message from the socket. Called by `connect`. */
  receive(data: unknown): void {
    if (typeof data !== 'string') return this.#deliver(decodePacket(new Uint8Array(data as ArrayBuffer)));
    const message = parseServerMessage(data);
    switch (message.type) {
      case 'subscribed':
        return void this.#answered(message.stream);
      case 'gap':
      case 'end':
        return this.#current(message.stream)?.inbox.put(message);
      case 'streams':
        this.#streams = message.streams;
        return undefined;
      case 'listening':
        this.#unheardListens--;
        return undefined;
      case 'event':
        return this.#happened(message);
      case 'error':
        return this.#refused(message);
      default:
        return undefined;
    }
  }

  /** The session is over: every subscription ends with `error`. Called by `connect`. */
  fail(error: FramenestError): void {
    this.#over ??= error;
    for (const inbox of this.#inboxes) inbox.fail(error);
  }

  get #inboxes(): Inbox<unknown>[] {
    const inboxes: Inbox<unknown>[] = [...this.#subscriptions.values()].map(({ inbox }) => inbox);
    return this.#events ? [...inboxes, this.#events] : inboxes;
  }

  #happened(event: StreamEvent): void {
    const inbox = this.#unheardListens > 0 ? undefined : this.#events;
    if (!inbox || inbox.length < EVENTS_WAITING) return inbox?.put(event);
    inbox.fail(
      new FramenestError('WIRE_LIMIT', {
        what: `${EVENTS_WAITING} events wait for a loop that does not take them.`,
        mend: 'Take events as they come, and do slow work elsewhere.',
      }),
    );
  }

  #begin(stream: string, { from = 'live', window = 32 }: SubscribeOptions): Subscription {
    if (typeof from === 'number' && !(Number.isSafeInteger(from) && from >= 0)) {
      throw invalidSubscription('from', `${from}; give "live", "start" or a sequence from 0`);
    }
    if (this.#subscriptions.has(stream)) {
      throw invalidSubscription('stream', `"${stream}", which this client follows already`);
    }
    const subscription = new Subscription(window);
    if (this.#over) throw this.#over;
    this.#subscriptions.set(stream, subscription);
    this.#say({ type: 'subscribe', stream, from });
    return subscription;
  }

  #leave(stream: string, { answered }: Subscription): void {
    this.#subscriptions.delete(stream);
    if (!answered) this.#unheard.set(stream, (this.#unheard.get(stream) ?? 0) + 1);
    this.#say({ type: 'unsubscribe', stream });
  }

  #deliver(packet: Packet): void {
    const { stream } = packet.header;
    // None for a packet that was on its way when the loop was left.
    const subscription = this.#current(stream);
    if (!subscription || subscription.accept(packet)) return;
    throw new FramenestError('PROTOCOL_VIOLATION', {
      what: `The server sent more packets of "${stream}" than it was granted.`,
      mend: 'Report this to whoever runs the server.',
    });
  }

  #refused({ code, message: what, mend, stream }: Extract<ServerMessage, { type: 'error' }>): void {
    const error = new FramenestError(code, { what, mend });
    if (stream === undefined) return this.fail(error);
    const subscription = this.#current(stream) ?? this.#answered(stream);
    subscription?.inbox.fail(error);
  }

  /** The subscription that messages of the stream belong to now. */
  #current(stream: string): Subscription | undefined {
    const subscription = this.#subscriptions.get(stream);
    return subscription?.answered ? subscription : undefined;
  }

  /** Notes an answer, and returns the subscription that it is for; none where that was left. */
  #answered(stream: string): Subscription | undefined {
    const unheard = this.#unheard.get(stream) ?? 0;
    if (unheard > 0) {
      this.#unheard.set(stream, unheard - 1);
      return undefined;
    }
    const subscription = this.#subscriptions.get(stream);
    if (subscription) subscription.answered = true;
    return subscription;
  }

  #grant(stream: string, subscription: Subscription): void {
    const packets = subscription.topUp();
    if (packets > 0) this.#say({ type: 'credit', stream, packets });
  }

  #say(message: ClientMessageInput): void {
    this.#socket.send(JSON.stringify(message));
  }
}
