import type { AddressInfo } from 'node:net';
import { encodePacket } from '#dist/wire/packet-codec.js';
import type { ServerMessage } from '#dist/wire/control-message.js';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { until } from './sleep.ts';

/** A welcome with one live stream of each name. */
export function welcomeTo(...names: string[]): ServerMessage {
  return {
    type: 'welcome',
    protocol: 'framenest.v1',
    server: 'raw',
    streams: names.map((name) => ({
      name,
      live: true,
      state: 'live',
      encoder: 'sha256:none',
      channels: 1,
      gridSide: 1,
      ladder: [1],
      timebase: '1/25',
      durable: false,
      queries: false,
    })),
    limits: { messageBytes: 16_384, subscriptions: 64 },
  };
}

/** A packet of one frame with one token of one channel. */
export function tinyPacket(stream: string, sequence: number): Uint8Array {
  const frame = { pts: BigInt(sequence), kind: 'uniform', scale: 1, change: 0, droppedBefore: 0, tokens: 1 } as const;
  const header = { stream, sequence, timebase: { num: 1, den: 25 }, encoder: 'e', stage: 'pre', epoch: 0 } as const;
  return encodePacket({ header, frames: [frame], dtype: 'F32', channels: 1, tokens: new Uint8Array(4) });
}

/** A server that says exactly what a test tells it to, to its one client; it need not keep the protocol. */
export class RawServer {
  /** What the client said. */
  readonly heard: Record<string, unknown>[] = [];
  readonly #server: WebSocketServer;
  #socket: WebSocket | undefined;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#socket = socket;
      socket.on('message', (data: Buffer) => this.heard.push(JSON.parse(data.toString()) as Record<string, unknown>));
    });
  }

  /** On a free port of this machine. `greeting` is said to whoever connects. */
  static async start(greeting: ServerMessage | undefined): Promise<RawServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    const raw = new RawServer(server);
    server.on('connection', () => greeting && raw.say(greeting));
    onTestFinished(() => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return raw;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The client's socket, as the server sees it. */
  get socket(): WebSocket {
    if (!this.#socket) throw new Error('Nobody is connected.');
    return this.#socket;
  }

  /** Sends a control message, or a text or bytes as they are. */
  say(message: object | string | Uint8Array): void {
    const raw = typeof message === 'string' || message instanceof Uint8Array;
    this.socket.send(raw ? message : JSON.stringify(message));
  }

  /** Waits until the client has said so many messages of a type; returns them. */
  async hears(type: string, count = 1): Promise<Record<string, unknown>[]> {
    const found = (): Record<string, unknown>[] => this.heard.filter((message) => message['type'] === type);
    await until(() => found().length >= count);
    return found();
  }

  /** Packets that the client has granted so far. */
  get granted(): number {
    return this.heard.reduce((sum, { packets = 0 }) => sum + (packets as number), 0);
  }
}
