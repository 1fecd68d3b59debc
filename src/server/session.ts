import { isDeepStrictEqual } from 'node:util';
import { distinctUntilChanged, map, skip, startWith } from 'rxjs';
import type { Unsubscribable } from 'rxjs';
import type { WebSocket } from 'ws';
import { FramenestError, asFramenestError } from '../errors.ts';
import { Notifier } from '../flow/notifier.ts';
import { CONTROL_BYTES, errorMessage, parseClientMessage } from '../wire/control-message.ts';
import type { ClientMessage, StreamFacts } from '../wire/control-message.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';
import { expired } from './access.ts';
import type { Pass } from './access.ts';
import { Acknowledger } from './acknowledger.ts';
import { atUnixTime } from './expiry.ts';
import { MESSAGES_PER_SECOND, MessageRate } from './message-rate.ts';
import { Outbox } from './outbox.ts';
import { StateTeller } from './state-teller.ts';
import type { StreamDirectory } from './stream-directory.ts';
import { Subscriber } from './subscriber.ts';
import type { SubscribeMessage } from './subscriber.ts';
import type { TokenStream } from './token-stream.ts';

/** Streams that one session may follow at once. */
const SUBSCRIPTIONS = 64;

/** What a session is opened with. */
export interface SessionParts {
  readonly directory: StreamDirectory;
  /** Name and version, for `welcome`. */
  readonly server: string;
  readonly pass: Pass;
}

/** One client on one socket: what it follows, and how much it will take. Ends with the socket. */
export class Session {
  readonly #socket: WebSocket;
  readonly #outbox: Outbox;
  readonly #directory: StreamDirectory;
  readonly #following = new Map<string, Subscriber>();
  /** Fires when a subscription is over. */
  readonly #left = new Notifier();
  readonly #changes: Unsubscribable;
  readonly #pass: Pass;
  readonly #rate = new MessageRate();
  readonly #acks = new Acknowledger((stream, { sequence, lost }) =>
    this.#outbox.tell({ type: 'acked', stream, sequence, ...(lost > 0 && { lost }) }),
  );
  /** Takes back the end that the pass has. */
  readonly #stay: (() => void) | undefined;
  #events: Unsubscribable | undefined;
  readonly #states: StateTeller;

  constructor(socket: WebSocket, { directory, server, pass }: SessionParts) {
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
    this.#directory = directory;
    this.#pass = pass;
    socket.on('message', (data, binary) => this.#receive(data as Buffer, binary));
    socket.on('close', () => this.#end());
    const limits = {
      messageBytes: CONTROL_BYTES,
      subscriptions: SUBSCRIPTIONS,
      messagesPerSecond: MESSAGES_PER_SECOND,
    };
    this.#outbox.tell({ type: 'welcome', protocol: PROTOCOL, server, streams: this.#facts, limits });
    this.#changes = directory.changes
      .pipe(
        map(() => this.#facts),
        startWith(this.#facts),
        // Of streams that it may not see it must not learn by the hour either.
        distinctUntilChanged<StreamFacts[]>(isDeepStrictEqual),
        skip(1),
      )
      .subscribe((streams) => this.#outbox.tell({ type: 'streams', streams }));
    const follows = (stream: string): boolean => this.#following.has(stream);
    this.#states = new StateTeller({ directory, outbox: this.#outbox, pass, follows });
    this.#stay =
      pass.expiresMs === undefined ? undefined : atUnixTime(pass.expiresMs, () => this.refuse(expired(pass.name)));
  }

  /** Whose it is, for the log, and what it may see. */
  get pass(): Pass {
    return this.#pass;
  }

  /** Streams that it follows. */
  get subscriptions(): number {
    return this.#following.size;
  }

  /** Tells the client that the server is going. */
  goaway(timeLeftMs: number): void {
    this.#outbox.tell({ type: 'goaway', timeLeftMs });
  }

  /** Resolves when the client follows nothing more, or when `signal` aborts. */
  async settled(signal: AbortSignal): Promise<void> {
    while (this.#following.size > 0 && !signal.aborted) await this.#left.wait(signal);
  }

  /** Tells the client why, and closes the socket with the code's status. */
  refuse(error: FramenestError): void {
    this.#outbox.tell(errorMessage(error));
    this.#socket.close(error.closeCode, error.code);
  }

  /** Streams that do not exist for others do not exist for it. */
  get #streams(): TokenStream[] {
    return this.#directory.all.filter(({ name }) => this.#pass.maySee(name));
  }

  get #facts(): StreamFacts[] {
    return this.#streams.map((stream) => stream.facts);
  }

  #visible(name: string): TokenStream | undefined {
    return this.#pass.maySee(name) ? this.#directory.get(name) : undefined;
  }

  #receive(data: Buffer, binary: boolean): void {
    // What a refused client sent before it heard of it.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    try {
      this.#rate.count();
      if (binary) throw binaryRefused();
      this.#obey(parseClientMessage(data.toString('utf8')));
    } catch (thrown) {
      this.refuse(asFramenestError(thrown));
    }
  }

  #obey(message: ClientMessage): void {
    switch (message.type) {
      case 'subscribe':
        return this.#subscribe(message);
      case 'credit':
        return this.#following.get(message.stream)?.grant(message);
      case 'unsubscribe':
        return this.#stop(this.#following.get(message.stream));
      case 'listen':
        return this.#listen(message.streams);
      case 'unlisten':
        return this.#unlisten();
      case 'ping':
        return this.#outbox.tell({ type: 'pong' });
      case 'ack':
        return this.#acknowledge(message);
    }
  }

  /** Takes the place of what was listened to before. */
  #listen(streams: readonly string[] | undefined): void {
    const names = streams && new Set(streams);
    this.#events?.unsubscribe();
    this.#outbox.tell({ type: 'listening' });
    this.#states.listen(names);
    this.#events = this.#directory.events.subscribe((event) => {
      if (this.#pass.maySee(event.stream) && (!names || names.has(event.stream))) this.#outbox.tell(event);
    });
  }

  #unlisten(): void {
    this.#events?.unsubscribe();
    this.#states.unlisten();
  }

  #subscribe(asked: SubscribeMessage): void {
    const { stream: name } = asked;
    const stream = this.#visible(name);
    if (!stream) return this.#outbox.tell(errorMessage(unknownStream(name, this.#streams), name));
    if (this.#following.has(name)) return this.#outbox.tell(errorMessage(alreadySubscribed(name), name));
    if (this.#following.size >= SUBSCRIPTIONS) return this.#outbox.tell(errorMessage(tooMany(), name));
    let subscriber: Subscriber;
    try {
      subscriber = new Subscriber(stream, asked, this.#outbox);
    } catch (thrown) {
      return this.#outbox.tell(errorMessage(asFramenestError(thrown), name));
    }
    this.#following.set(name, subscriber);
    this.#outbox.tell(subscriber.answer);
    this.#states.tell(stream);
    void this.#follow(subscriber);
  }

  async #follow(subscriber: Subscriber): Promise<void> {
    const { name } = subscriber.stream;
    try {
      await subscriber.run();
    } catch (thrown) {
      if (this.#following.get(name) === subscriber) this.#outbox.tell(errorMessage(asFramenestError(thrown), name));
    }
    this.#stop(subscriber);
  }

  #stop(subscriber: Subscriber | undefined): void {
    if (!subscriber || this.#following.get(subscriber.stream.name) !== subscriber) return;
    this.#following.delete(subscriber.stream.name);
    subscriber.stop();
    this.#left.notify();
  }

  /** Nothing is said where no disk is involved. */
  #acknowledge({ stream: name, sequence }: Extract<ClientMessage, { type: 'ack' }>): void {
    const stream = this.#visible(name);
    if (stream) this.#acks.ack(name, stream.log, sequence);
  }

  #end(): void {
    this.#acks.end();
    this.#stay?.();
    this.#changes.unsubscribe();
    this.#unlisten();
    this.#states.end();
    for (const subscriber of [...this.#following.values()]) this.#stop(subscriber);
  }
}

function binaryRefused(): FramenestError {
  return new FramenestError('PROTOCOL_VIOLATION', {
    what: 'A client sent a binary message.',
    mend: 'Clients send control messages only, as text.',
  });
}

function unknownStream(name: string, known: readonly TokenStream[]): FramenestError {
  const names = known.slice(0, 20).map((stream) => stream.name);
  return new FramenestError('STREAM_UNKNOWN', {
    what: `No stream is called "${name}".`,
    mend: `Subscribe to one of: ${names.join(', ')}.`,
  });
}

function alreadySubscribed(name: string): FramenestError {
  return new FramenestError('PROTOCOL_VIOLATION', {
    what: `This session follows "${name}" already.`,
    mend: 'Unsubscribe first, or open a second connection.',
  });
}

function tooMany(): FramenestError {
  return new FramenestError('SESSION_LIMIT', {
    what: `This session follows ${SUBSCRIPTIONS} streams, the most that one may.`,
    mend: 'Unsubscribe from one, or open a second connection.',
  });
}
