import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import type { ServerMessage } from '#dist/wire/control-message.js';
import { until } from './sleep.ts';

type MessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** A bare socket that says what a test tells it to and keeps what it gets, in order. Grants nothing by itself. */
export class RawClient {
  readonly socket: WebSocket;
  /** Control messages, and every packet as its bytes. */
  readonly got: (ServerMessage | Buffer)[] = [];
  /** How the server closed, or undefined while it has not. */
  end: { status: number; reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, binary) => {
      this.got.push(binary ? data : (JSON.parse(data.toString()) as ServerMessage));
    });
    socket.on('close', (status, reason) => (this.end = { status, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** Connects; resolves once the socket is open. Cut when the test ends. */
  static async open(
    url: string,
    protocols: string[] = ['framenest.v1'],
    options: ClientOptions = {},
  ): Promise<RawClient> {
    const socket = new WebSocket(url, protocols, options);
    const client = new RawClient(socket);
    onTestFinished(() => socket.terminate());
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Sends a control message, or a text or bytes as they are. */
  say(message: object | string): void {
    this.socket.send(Buffer.isBuffer(message) || typeof message === 'string' ? message : JSON.stringify(message));
  }

  get packets(): Buffer[] {
    return this.got.filter((item) => Buffer.isBuffer(item));
  }

  /** The messages of a type that have come so far. */
  all<T extends ServerMessage['type']>(type: T): MessageOf<T>[] {
    return this.got.filter((item): item is MessageOf<T> => !Buffer.isBuffer(item) && item.type === type);
  }

  /** The first message of a type; waits for it. */
  async first<T extends ServerMessage['type']>(type: T): Promise<MessageOf<T>> {
    await until(() => this.all(type).length > 0);
    return this.all(type)[0]!;
  }

  /** Waits for so many packets. */
  async receives(packets: number): Promise<void> {
    await until(() => this.packets.length >= packets);
  }

  /** Resolves when the server has done all that was asked of it so far. */
  async caughtUp(): Promise<void> {
    const pongs = this.all('pong').length;
    this.say({ type: 'ping' });
    await until(() => this.all('pong').length > pongs);
  }

  /** How the server closed; waits for it. */
  async closed(): Promise<{ status: number; reason: string }> {
    await until(() => this.end !== undefined);
    return this.end!;
  }
}
