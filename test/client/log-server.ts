import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodePacket } from '#dist/wire/packet-codec.js';
import { quantize } from '#dist/wire/quantize.js';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { welcomeTo } from '../support/raw-server.ts';

/** Pauses that a test need not wait for. */
export const soon = { firstMs: 1, mostMs: 20 } as const;

/** Tokens of packet `sequence`: 1 or 4, of 4 channels. */
export const tokensOf = (sequence: number): number => (sequence % 3 === 0 ? 4 : 1);

/** Packet `sequence` of a stream: uniform, its values say its sequence. */
export function loggedPacket(stream: string, sequence: number): Uint8Array {
  const tokens = tokensOf(sequence);
  const values = new Float32Array(tokens * 4).fill(sequence);
  return encodePacket({
    header: { stream, sequence, timebase: { num: 1, den: 25 }, encoder: 'e', stage: 'pre', epoch: 0 },
    frames: [{ pts: BigInt(sequence), kind: 'uniform', scale: tokens, change: 0, droppedBefore: 0, tokens }],
    dtype: 'F32',
    channels: 4,
    tokens: quantize(values, 4, 'F32').bytes,
  });
}

type Message = Record<string, unknown>;
type Grant = Record<'packets' | 'bytes' | 'tokens', number | undefined>;

interface Reader {
  next: number;
  readonly credit: Grant;
}

/** What a test may set. */
export interface LogServerOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** Packets in the log of each of its streams at first. Default 0. */
  readonly packets?: number;
  /** The streams end with their last packet. Default: they stay live. */
  readonly ends?: boolean;
  /** The first packet that is kept. */
  readonly oldest?: number;
}

/** A server that keeps the protocol: the streams "a" and "b", each with a log; sends what was granted and not more. */
export class LogServer {
  /** What clients said, over all connections. */
  readonly heard: Message[] = [];
  /** Headers of each handshake. */
  readonly requests: IncomingHttpHeaders[] = [];
  readonly #server: WebSocketServer;
  readonly #readers = new Map<WebSocket, Map<string, Reader>>();
  readonly #options: LogServerOptions;
  packets: number;

  private constructor(options: LogServerOptions) {
    this.#options = options;
    this.packets = options.packets ?? 0;
    this.#server = new WebSocketServer({ host: '127.0.0.1', port: options.port ?? 0, perMessageDeflate: false });
    this.#server.on('connection', (socket, { headers }) => {
      this.requests.push(headers);
      this.#readers.set(socket, new Map());
      socket.on('message', (data: Buffer) => this.#obey(socket, JSON.parse(data.toString()) as Message));
      socket.on('close', () => this.#readers.delete(socket));
      socket.on('error', () => undefined);
      const welcome = welcomeTo('a', 'b') as { streams: object[] };
      const streams = welcome.streams.map((facts) => ({ ...facts, channels: 4, gridSide: 2, ladder: [1, 4] }));
      this.#say(socket, { ...welcome, streams });
    });
  }

  /** On this machine; closed when the test ends. */
  static async start(options: LogServerOptions = {}): Promise<LogServer> {
    const server = new LogServer(options);
    onTestFinished(() => server.close());
    await new Promise((resolve) => server.#server.once('listening', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Handshakes so far. */
  get connections(): number {
    return this.requests.length;
  }

  /** The messages of a type that it heard. */
  all(type: string): Message[] {
    return this.heard.filter((message) => message['type'] === type);
  }

  /** Logs more packets, in both streams. */
  append(packets: number): void {
    this.packets += packets;
    this.#deliverAll();
  }

  /** Says something to everybody. */
  say(message: object | string | Uint8Array): void {
    for (const socket of this.#readers.keys()) this.#say(socket, message);
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  /** Closes every connection in order. */
  dismiss(status: number, reason: string): void {
    for (const socket of this.#server.clients) socket.close(status, reason);
  }

  /** As a server that stops: goaway, ABORTED and end to every reader, 1001. Nobody listens afterwards. */
  async stop(): Promise<void> {
    this.say({ type: 'goaway', timeLeftMs: 2000 });
    for (const [socket, readers] of this.#readers) {
      for (const stream of readers.keys()) {
        this.#say(socket, {
          type: 'error',
          code: 'ABORTED',
          message: 'It stops.',
          mend: 'Wait.',
          retryable: true,
          stream,
        });
        this.#say(socket, { type: 'end', stream, packets: 0, frames: 0, tokens: 0 });
      }
      readers.clear();
    }
    this.dismiss(1001, 'ABORTED');
    await new Promise((resolve) => this.#server.close(resolve));
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #obey(socket: WebSocket, message: Message): void {
    this.heard.push(message);
    const stream = message['stream'] as string;
    const readers = this.#readers.get(socket);
    if (message['type'] === 'subscribe') {
      const reader = { next: this.#placeOf(message['from']), credit: {} as Grant };
      readers?.set(stream, reader);
      this.#say(socket, { type: 'subscribed', stream, next: reader.next, ladder: [1, 4] });
    }
    if (message['type'] === 'unsubscribe') readers?.delete(stream);
    if (message['type'] === 'ack') this.#say(socket, { type: 'acked', stream, sequence: message['sequence'] });
    if (message['type'] === 'ping') this.#say(socket, { type: 'pong' });
    if (message['type'] === 'credit') {
      const credit = readers?.get(stream)?.credit;
      for (const name of ['packets', 'bytes', 'tokens'] as const) {
        const more = message[name] as number | undefined;
        if (credit && more !== undefined) credit[name] = (credit[name] ?? 0) + more;
      }
    }
    this.#deliverAll();
  }

  #placeOf(from: unknown): number {
    if (from === 'live') return this.packets;
    return typeof from === 'number' ? Math.min(from, this.packets) : 0;
  }

  #deliverAll(): void {
    for (const [socket, readers] of this.#readers) {
      for (const [stream, reader] of readers) this.#deliver(socket, stream, reader);
    }
  }

  #deliver(socket: WebSocket, stream: string, reader: Reader): void {
    const { credit } = reader;
    const { oldest = 0, ends } = this.#options;
    while (reader.next < this.packets && mayFlow(credit)) {
      const { next } = reader;
      if (next < oldest) {
        this.#say(socket, {
          type: 'gap',
          stream,
          from: next,
          to: oldest - 1,
          frames: oldest - next,
          reason: 'expired',
        });
        reader.next = oldest;
        continue;
      }
      const bytes = loggedPacket(stream, reader.next);
      const costs = { packets: 1, bytes: bytes.length, tokens: tokensOf(reader.next) };
      for (const name of ['packets', 'bytes', 'tokens'] as const) {
        if (credit[name] !== undefined) credit[name] -= costs[name];
      }
      reader.next++;
      this.#say(socket, bytes);
    }
    if (ends && reader.next >= this.packets) {
      const { packets } = this;
      this.#say(socket, { type: 'end', stream, packets, frames: packets, tokens: 0 });
      this.#readers.get(socket)?.delete(stream);
    }
  }

  #say(socket: WebSocket, message: object | string | Uint8Array): void {
    const raw = typeof message === 'string' || message instanceof Uint8Array;
    if (socket.readyState === socket.OPEN) socket.send(raw ? message : JSON.stringify(message));
  }
}

function mayFlow(credit: Grant): boolean {
  const granted = Object.values(credit).filter((amount) => amount !== undefined);
  return granted.length > 0 && granted.every((amount) => amount > 0);
}
