import { FramenestError, asFramenestError, errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { Packet } from '../media/packet.ts';
import { parseServerMessage } from '../wire/control-message.ts';
import type { ClientMessageInput, ServerMessage, StreamFacts } from '../wire/control-message.ts';
import { decodePacket } from '../wire/packet-codec.ts';
import { Inbox } from './inbox.ts';
import { openSocket } from './socket.ts';
import type { ClientSocket } from './socket.ts';

/** What a subscription gives out, in order. The last item is `end`. */
export type SubscriptionItem =
  { readonly type: 'packet'; readonly packet: Packet } | Extract<ServerMessage, { type: 'gap' | 'end' }>;

/** Where to begin, and how much may be on its way. */
export interface SubscribeOptions {
  /** `live`: what is made from now on (default); `start`: the oldest packet kept; or a sequence. */
  readonly from?: 'live' | 'start' | number;
  /** Packets that may be in flight or waiting here: the bound on memory. Default 32. */
  readonly window?: number;
}

interface Subscription {
  readonly inbox: Inbox<SubscriptionItem>;
  readonly window: number;
  /** Credits granted and not yet used by a packet. */
  outstanding: number;
}

/** A session with a framenest server: the streams it offers, and packets from those that are subscribed. */
export class Client {
  /** What the server offers. */
  readonly streams: readonly StreamFacts[];
  readonly #socket: ClientSocket;
  readonly #subscriptions = new Map<string, Subscription>();

  /** Use {@link connect}. */
  constructor(socket: ClientSocket, streams: readonly StreamFacts[]) {
    this.#socket = socket;
    this.streams = streams;
  }

  /**
   * Follows a stream. Credits are granted as the loop takes items, so a slow loop holds the server back. Leaving the
   * loop unsubscribes.
   * @throws FramenestError with the server's code, WIRE_MALFORMED, CONNECTION_LOST
   */
  async *subscribe(stream: string, options: SubscribeOptions = {}): AsyncGenerator<SubscriptionItem, void, undefined> {
    const { from = 'live', window = 32 } = options;
    if (this.#subscriptions.has(stream)) throw new RangeError(`This client follows "${stream}" already.`);
    const subscription: Subscription = { inbox: new Inbox(), window, outstanding: 0 };
    this.#subscriptions.set(stream, subscription);
    try {
      this.#say({ type: 'subscribe', stream, from });
      while (true) {
        this.#grant(stream, subscription);
        const item = await subscription.inbox.take();
        if (!item) return;
        yield item;
        if (item.type === 'end') return;
      }
    } finally {
      this.#subscriptions.delete(stream);
      this.#say({ type: 'unsubscribe', stream });
    }
  }

  /** Ends the session; subscriptions end without an error. Safe to call twice. */
  close(): void {
    for (const { inbox } of this.#subscriptions.values()) inbox.close();
    this.#socket.close(1000);
  }

  /** A message from the socket. Called by {@link connect}. */
  receive(data: unknown): void {
    if (typeof data !== 'string') return this.#deliver(decodePacket(new Uint8Array(data as ArrayBuffer)));
    const message = parseServerMessage(data);
    if (message.type === 'error') return this.#refused(message);
    if (message.type !== 'gap' && message.type !== 'end') return;
    this.#subscriptions.get(message.stream)?.inbox.put(message);
  }

  /** The session is over: every subscription ends with `error`. Called by {@link connect}. */
  fail(error: FramenestError): void {
    for (const { inbox } of this.#subscriptions.values()) inbox.fail(error);
  }

  #deliver(packet: Packet): void {
    const subscription = this.#subscriptions.get(packet.header.stream);
    // A packet that was on its way when the loop was left.
    if (!subscription) return;
    if (subscription.outstanding === 0) throw beyondCredit(packet.header.stream);
    subscription.outstanding--;
    subscription.inbox.put({ type: 'packet', packet });
  }

  #refused({ code, message: what, mend, stream }: Extract<ServerMessage, { type: 'error' }>): void {
    const error = new FramenestError(code, { what, mend });
    if (stream === undefined) this.fail(error);
    else this.#subscriptions.get(stream)?.inbox.fail(error);
  }

  /** Tops the credit up once half of the window is free, so that not every packet costs a message. */
  #grant(stream: string, subscription: Subscription): void {
    const { inbox, window, outstanding } = subscription;
    const free = window - outstanding - inbox.length;
    if (free < Math.ceil(window / 2)) return;
    subscription.outstanding += free;
    this.#say({ type: 'credit', stream, packets: free });
  }

  #say(message: ClientMessageInput): void {
    this.#socket.send(JSON.stringify(message));
  }
}

/**
 * Connects to a framenest server.
 * @param url - `ws://host:port`
 * @throws FramenestError CONNECT_FAILED, CONNECTION_LOST before the server's welcome
 */
export function connect(url: string): Promise<Client> {
  return new Promise((resolve, reject) => {
    let client: Client | undefined;
    const fail = (error: FramenestError): void => {
      client?.fail(error);
      reject(error);
    };
    const opening = openSocket(url, {
      onMessage: (data) => {
        // `opening` is settled before the first message.
        void opening.then((socket) => {
          try {
            if (client) return client.receive(data);
            client = new Client(socket, welcomedStreams(data));
            resolve(client);
          } catch (thrown) {
            fail(asFramenestError(thrown));
            socket.close(1000);
          }
        });
      },
      onClose: (code, reason, failure) => fail(failure ?? lost(code, reason)),
    });
    opening.catch(reject);
  });
}

function welcomedStreams(data: unknown): readonly StreamFacts[] {
  const message = typeof data === 'string' ? parseServerMessage(data) : undefined;
  if (message?.type === 'welcome') return message.streams;
  throw new FramenestError('PROTOCOL_VIOLATION', {
    what: 'The server did not begin with a welcome.',
    mend: 'Check that the address is a framenest server of this version.',
  });
}

function beyondCredit(stream: string): FramenestError {
  return new FramenestError('PROTOCOL_VIOLATION', {
    what: `The server sent more packets of "${stream}" than it was granted.`,
    mend: 'Report this to whoever runs the server.',
  });
}

/** The close reason carries the server's error code, where it had one. */
function lost(closeCode: number, reason: string): FramenestError {
  const code = Object.hasOwn(errorCodes, reason) ? (reason as ErrorCode) : 'CONNECTION_LOST';
  return new FramenestError(code, {
    what: `The connection ended with status ${closeCode}${reason ? ` (${reason})` : ''}.`,
    mend: errorCodes[code].retryable ? 'Connect again; subscribe from the last sequence.' : 'See docs/errors.md.',
  });
}
