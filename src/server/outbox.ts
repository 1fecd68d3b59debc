import type { WebSocket } from 'ws';
import type { ServerMessage } from '../wire/control-message.ts';

/** Characters of control messages that may wait for a client that does not read; then it is cut off. */
const UNSENT = 4 << 20;

/** Bytes that may wait on a socket before the next packet is sent. */
const AHEAD = 256 << 10;

const BINARY = { binary: true } as const;

/** The way to one client: what is sent on its socket, and how much of it may wait. */
export class Outbox {
  readonly #socket: WebSocket;
  #unsent = 0;
  /** Who waits for the socket. */
  readonly #waiting: (() => void)[] = [];
  readonly #onSent = (): void => {
    if (this.#socket.bufferedAmount <= AHEAD) this.#wake();
  };

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.once('close', () => this.#wake());
  }

  /** Sends a control message; cuts the socket of a client that leaves too many unread. */
  tell(message: ServerMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#unsent >= UNSENT) return this.#socket.terminate();
    const text = JSON.stringify(message);
    this.#unsent += text.length;
    this.#socket.send(text, () => {
      this.#unsent -= text.length;
    });
  }

  /**
   * Sends a packet. The bytes are shared: what waits on one socket costs no copy.
   * @returns where more than 256 KiB wait, resolves once the socket has taken so much that they do not, or is closed
   */
  send(bytes: Uint8Array): Promise<void> | undefined {
    this.#socket.send(bytes, BINARY, this.#onSent);
    if (this.#socket.bufferedAmount <= AHEAD || this.#socket.readyState !== this.#socket.OPEN) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
