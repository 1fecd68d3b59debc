import type { Unsubscribable } from 'rxjs';
import type { WebSocket } from 'ws';
import { FramenestError, asFramenestError } from '../errors.ts';
import { GrantedCredit } from '../flow/granted-credit.ts';
import { Notifier } from '../flow/notifier.ts';
import { CONTROL_BYTES, errorMessage, parseClientMessage } from '../wire/control-message.ts';
import type { ClientMessage, ServerMessage } from '../wire/control-message.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';
import type { StreamDirectory } from './stream-directory.ts';
import type { StreamItem, StreamReader } from './stream-reader.ts';
import type { TokenStream } from './token-stream.ts';

/** Streams that one session may follow at once. */
const SUBSCRIPTIONS = 64;

/** Control messages that may wait for a client that asks and does not read; then it is cut off. */
const UNSENT = 4096;

interface Watching {
  readonly stream: TokenStream;
  readonly reader: StreamReader;
  readonly credit: GrantedCredit;
  readonly abort: AbortController;
}

/** One client on one socket: what it follows, and how much it will take. Ends with the socket. */
export class Session {
  readonly #socket: WebSocket;
  readonly #directory: StreamDirectory;
  readonly #watching = new Map<string, Watching>();
  /** Fires when a subscription is over. */
  readonly #left = new Notifier();
  readonly #changes: Unsubscribable;
  #events: Unsubscribable | undefined;
  #unsent = 0;

  /** @param server - name and version, for `welcome` */
  constructor(socket: WebSocket, directory: StreamDirectory, server: string) {
    this.#socket = socket;
    this.#directory = directory;
    socket.on('message', (data, binary) => this.#receive(data as Buffer, binary));
    socket.on('close', () => this.#end());
    const limits = { messageBytes: CONTROL_BYTES, subscriptions: SUBSCRIPTIONS };
    this.#tell({ type: 'welcome', protocol: PROTOCOL, server, streams: directory.facts, limits });
    this.#changes = directory.changes.subscribe(() => this.#tell({ type: 'streams', streams: directory.facts }));
  }

  /** Streams that it follows. */
  get subscriptions(): number {
    return this.#watching.size;
  }

  /** Tells the client that the server is going. */
  goaway(timeLeftMs: number): void {
    this.#tell({ type: 'goaway', timeLeftMs });
  }

  /** Resolves when the client follows nothing more, or when `signal` aborts. */
  async settled(signal: AbortSignal): Promise<void> {
    while (this.#watching.size > 0 && !signal.aborted) await this.#left.wait(signal);
  }

  #receive(data: Buffer, binary: boolean): void {
    // What a refused client sent before it heard of it.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    try {
      if (binary) throw binaryRefused();
      this.#obey(parseClientMessage(data.toString('utf8')));
    } catch (thrown) {
      const error = asFramenestError(thrown);
      this.#tell(errorMessage(error));
      this.#socket.close(error.closeCode, error.code);
    }
  }

  #obey(message: ClientMessage): void {
    switch (message.type) {
      case 'subscribe':
        return this.#subscribe(message);
      case 'credit':
        return this.#watching.get(message.stream)?.credit.grant(message.packets);
      case 'unsubscribe':
        return this.#stop(this.#watching.get(message.stream));
      case 'listen':
        return this.#listen(message.streams);
      case 'unlisten':
        return this.#events?.unsubscribe();
      case 'ping':
        return this.#tell({ type: 'pong' });
      case 'ack':
        // Nothing is kept for one client alone yet: the log keeps what it keeps.
        return undefined;
    }
  }

  /** Takes the place of what was listened to before. */
  #listen(streams: readonly string[] | undefined): void {
    const names = streams && new Set(streams);
    this.#events?.unsubscribe();
    this.#tell({ type: 'listening' });
    this.#events = this.#directory.events.subscribe((event) => {
      if (!names || names.has(event.stream)) this.#tell(event);
    });
  }

  #subscribe({ stream: name, from }: Extract<ClientMessage, { type: 'subscribe' }>): void {
    const stream = this.#directory.get(name);
    if (!stream) return this.#tell(errorMessage(unknownStream(name, this.#directory.all), name));
    if (this.#watching.has(name)) return this.#tell(errorMessage(alreadySubscribed(name), name));
    if (this.#watching.size >= SUBSCRIPTIONS) return this.#tell(errorMessage(tooMany(), name));
    const reader = stream.read(from);
    const watching = { stream, reader, credit: new GrantedCredit(), abort: new AbortController() };
    this.#watching.set(name, watching);
    this.#tell({ type: 'subscribed', stream: name, next: reader.next });
    this.#deliver(watching).catch((thrown: unknown) => {
      if (!watching.abort.signal.aborted) this.#tell(errorMessage(asFramenestError(thrown), name));
      this.#stop(watching);
    });
  }

  /**
   * Sends as long as there is credit. The end costs none and waits for none. A gap costs none and waits for one, so
   * that a client that takes nothing hears once of all that it missed.
   */
  async #deliver(watching: Watching): Promise<void> {
    const { stream, reader, credit, abort } = watching;
    const { signal } = abort;
    for (let ready = await reader.ready(signal); ready; ready = await reader.ready(signal)) {
      if (ready !== 'end' && !(await credit.take(signal))) return;
      const item = reader.take();
      if (item?.type === 'packet') {
        await this.#send(item.packet.bytes);
        continue;
      }
      if (ready !== 'end') credit.grant(1);
      if (item) this.#report(stream, item);
      if (item?.type === 'end') {
        this.#stop(watching);
        return;
      }
    }
  }

  #report({ name: stream, totals }: TokenStream, item: Exclude<StreamItem, { type: 'packet' }>): void {
    if (item.type === 'gap') {
      const { from, to, reason } = item;
      return this.#tell({ type: 'gap', stream, from, to, frames: to - from + 1, reason });
    }
    if (item.error) this.#tell(errorMessage(item.error, stream));
    this.#tell({ type: 'end', stream, ...totals });
  }

  #stop(watching: Watching | undefined): void {
    if (!watching || watching.abort.signal.aborted) return;
    const { stream, reader, abort } = watching;
    this.#watching.delete(stream.name);
    abort.abort();
    stream.release(reader);
    this.#left.notify();
  }

  #end(): void {
    this.#changes.unsubscribe();
    this.#events?.unsubscribe();
    for (const watching of [...this.#watching.values()]) this.#stop(watching);
  }

  #tell(message: ServerMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#unsent >= UNSENT) return this.#socket.terminate();
    this.#unsent++;
    this.#socket.send(JSON.stringify(message), () => {
      this.#unsent--;
    });
  }

  #send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, { binary: true }, (error) => (error ? reject(error) : resolve()));
    });
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
