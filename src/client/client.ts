import { FramenestError } from '../errors.ts';
import { parseServerMessage } from '../wire/control-message.ts';
import type { ServerMessage, StreamEvent, StreamFacts, StreamState } from '../wire/control-message.ts';
import { AckPacer, Acks } from './acks.ts';
import { told } from './connection.ts';
import type { Welcome } from './connection.ts';
import type { ConnectionState, Link } from './link.ts';
import { Listening } from './listening.ts';
import { rebuildGrids } from './rebuilt.ts';
import type { RebuiltItem, RebuiltOptions } from './rebuilt.ts';
import { Retry } from './retry.ts';
import type { RetryOptions } from './retry.ts';
import { invalidSubscription } from './subscribe-options.ts';
import type { SubscribeOptions } from './subscribe-options.ts';
import { StreamList } from './stream-list.ts';
import { SubscriptionTable } from './subscription-table.ts';
import { Subscription } from './subscription.ts';
import type { Begun, SubscriptionItem } from './subscription.ts';

/** Longest that a server which has said goodbye is waited for, milliseconds. */
const GOODBYE_MS = 60_000;

type Items = AsyncGenerator<SubscriptionItem | Begun, void, undefined>;

/** What events to hear. */
export interface ListenOptions {
  /** Of these 1 … 64 streams; default: of all, those that come later included. */
  readonly streams?: readonly string[];
  /** Ends the loop without an error. */
  readonly signal?: AbortSignal;
}

/**
 * A session with a framenest server: the streams it offers, packets from those that are subscribed, events. Where the
 * connection is lost it connects again, and every loop goes on where it was; what was received stays.
 */
export class Client {
  readonly #link: Link;
  readonly #reconnect: RetryOptions | false;
  readonly #table: SubscriptionTable;
  readonly #listening: Listening;
  readonly #acks = new Acks();
  readonly #streams: StreamList;
  #over: FramenestError | undefined;
  #goodbye: ReturnType<typeof setTimeout> | undefined;

  /** Use `connect`. */
  constructor(link: Link, reconnect: RetryOptions | false, onStreamState?: (state: StreamState) => void) {
    this.#link = link;
    this.#reconnect = reconnect;
    this.#streams = new StreamList(onStreamState);
    this.#listening = new Listening((message) => link.say(message));
    this.#table = new SubscriptionTable({
      say: (message) => link.say(message),
      progress: () => link.progress(),
      gridSide: (stream) => this.streams.find(({ name }) => name === stream)?.gridSide,
    });
  }

  /**
   * What the server offers; kept up to date as streams come and go. The `state` of a stream that is subscribed, or whose
   * events are heard, follows its source; `connect` takes a listener for that.
   */
  get streams(): readonly StreamFacts[] {
    return this.#streams.all;
  }

  /** Whether there is a connection. `connect` takes a listener for changes. */
  get state(): ConnectionState {
    return this.#link.state;
  }

  /**
   * Follows a stream, once at a time; begins with the loop. Credits are granted as the loop takes items, so a slow loop
   * holds the server back. Sequences are without loss or duplicate, also over lost connections. Leaving the loop
   * unsubscribes.
   * @throws FramenestError OPTION_INVALID; STREAM_UNKNOWN, ABORTED or another code of the server; WIRE_MALFORMED,
   * WIRE_LIMIT, PROTOCOL_VIOLATION; CONNECTION_LOST where it may not be made again
   */
  async *subscribe(stream: string, options: SubscribeOptions = {}): AsyncGenerator<SubscriptionItem, void, undefined> {
    for await (const item of this.#follow(stream, options)) if (item.type !== 'subscribed') yield item;
  }

  /**
   * Like `subscribe`, and each frame comes with the grid that it makes, in both layouts. `key` is true unless it is
   * given, so that the grids are right wherever the loop begins, and after gaps.
   * @throws FramenestError like `subscribe`; WIRE_MALFORMED, LADDER_INVALID where packets do not fit their stream
   */
  rebuilt(stream: string, options: RebuiltOptions = {}): AsyncGenerator<RebuiltItem, void, undefined> {
    const { key = true } = options;
    return rebuildGrids(this.#follow(stream, { ...options, key }), key);
  }

  /**
   * Cuts, activity, cameras lost and back, without any tokens; one such loop at a time. Of a camera that is lost already
   * the loss comes first. What happens while the connection is lost is not heard. Leaving the loop ends it.
   * @throws FramenestError OPTION_INVALID; WIRE_LIMIT where the loop falls 10,000 events behind; CONNECTION_LOST where
   * it may not be made again
   */
  async *events({ streams, signal }: ListenOptions = {}): AsyncGenerator<StreamEvent, void, undefined> {
    if (this.#over) throw this.#over;
    if (signal?.aborted) return;
    const inbox = this.#listening.begin(streams);
    const leave = (): void => inbox.close();
    signal?.addEventListener('abort', leave, { once: true });
    try {
      for (let event = await inbox.take(); event; event = await inbox.take()) yield event;
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#listening.leave();
    }
  }

  /**
   * Tells the server that everything up to this sequence has arrived for good. Where the stream is kept on disk it
   * answers, see `durableUntil`. Said again after a lost connection until it is answered.
   * @throws FramenestError OPTION_INVALID
   */
  ack(stream: string, sequence: number): void {
    if (!Number.isSafeInteger(sequence) || sequence < 0 || stream.length < 1 || stream.length > 128) {
      throw invalidSubscription(`There is no packet ${sequence} of "${stream}" to acknowledge.`);
    }
    if (this.#acks.ask(stream, sequence)) this.#link.say({ type: 'ack', stream, sequence });
  }

  /** Up to which sequence the server has everything on its disk, as it answered the last `ack`; undefined before. */
  durableUntil(stream: string): number | undefined {
    return this.#acks.durableUntil(stream);
  }

  /** How many packets up to there the server's disk has lost all the same, as it told: a failing disk can. */
  lostUntil(stream: string): number {
    return this.#acks.lostUntil(stream);
  }

  /** Ends the session; loops end without an error. Safe to call twice. */
  close(): void {
    this.#over ??= new FramenestError('CONNECTION_LOST', { what: 'This client was closed.', mend: 'Connect again.' });
    clearTimeout(this.#goodbye);
    this.#table.end(undefined);
    this.#listening.end(undefined);
    this.#link.close(this.#over);
  }

  /** A message of the server. Called by `connect`. */
  receive(data: unknown): void {
    if (typeof data !== 'string') return this.#table.packet(new Uint8Array(data as ArrayBuffer));
    this.#obey(parseServerMessage(data));
  }

  /** Connected, for the first time or again. Called by `connect`. */
  connected({ streams }: Welcome): void {
    this.#streams.offered(streams);
    this.#table.connected();
    this.#listening.connected();
    for (const [stream, sequence] of this.#acks.open) this.#link.say({ type: 'ack', stream, sequence });
  }

  /** Not connected for the time being. Called by `connect`. */
  disconnected(): void {
    clearTimeout(this.#goodbye);
    this.#table.disconnected();
  }

  /** The session is over: every loop ends with `error`. Called by `connect`. */
  fail(error: FramenestError): void {
    this.#over ??= error;
    clearTimeout(this.#goodbye);
    this.#table.end(error);
    this.#listening.end(error);
  }

  async *#follow(stream: string, options: SubscribeOptions): Items {
    const { signal } = options;
    const subscription = this.#begin(stream, options);
    const leave = (): void => subscription.close();
    const pacer = options.ack && new AckPacer((sequence) => this.ack(stream, sequence));
    signal?.addEventListener('abort', leave, { once: true });
    if (signal?.aborted) leave();
    try {
      yield* this.#items(subscription, pacer);
    } finally {
      signal?.removeEventListener('abort', leave);
      pacer?.stop();
      this.#table.leave(subscription);
    }
  }

  async *#items(subscription: Subscription, pacer: AckPacer | undefined): Items {
    for (;;) {
      this.#table.grant(subscription);
      const item = await subscription.take();
      if (!item) return;
      yield item;
      if (item.type === 'packet') pacer?.finished(item.packet.header.sequence);
      if (item.type === 'end') return;
    }
  }

  #begin(stream: string, options: SubscribeOptions): Subscription {
    const retry = this.#reconnect === false ? undefined : new Retry(this.#reconnect);
    const subscription = new Subscription(stream, options, retry);
    if (this.#over) throw this.#over;
    this.#table.begin(subscription);
    return subscription;
  }

  #obey(message: ServerMessage): void {
    switch (message.type) {
      case 'streams':
        return this.#streams.offered(message.streams);
      case 'state':
        return this.#streams.stands(message);
      case 'listening':
        return this.#listening.answered();
      case 'event':
        return this.#listening.happened(message);
      case 'acked':
        return this.#acks.answered(message.stream, message.sequence, message.lost);
      case 'goaway':
        return this.#leaveBy(message.timeLeftMs);
      case 'error':
        return this.#refused(message);
      case 'welcome':
      case 'pong':
        return;
      default:
        return this.#table.receive(message);
    }
  }

  /** @throws FramenestError what concerns the whole session */
  #refused(message: Extract<ServerMessage, { type: 'error' }>): void {
    if (message.stream === undefined) throw told(message);
    this.#table.receive({ ...message, stream: message.stream });
  }

  /** The server goes. It gives what it has and closes; where it does not, we do. */
  #leaveBy(timeLeftMs: number): void {
    clearTimeout(this.#goodbye);
    const gone = new FramenestError('ABORTED', { what: 'The server went away.', mend: 'Connect again.' });
    this.#goodbye = setTimeout(() => this.#link.drop(gone), Math.min(timeLeftMs, GOODBYE_MS) + 1000);
  }
}
