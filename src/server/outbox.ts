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
  /** What is told of each matter once less waits. */
  readonly #newest = new Map<string, () => ServerMessage | undefined>();
  /** Who waits for the socket. */
  readonly #waiting: (() => void)[] = [];
  readonly #onSent = (): void => {
    if (this.#socket.bufferedAmount > AHEAD) return;
    this.#tellNewest();
    this.#wake();
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
      this.#tellNewest();
    });
  }

  /**
   * Sends a control message of which only the newest counts: at once where at most 256 KiB wait on the socket, else once
   * that is so. Of one matter at most one waits, in the place of the first.
   * @param make - called when it is sent; undefined where there is nothing to tell any more
   */
  tellNewest(matter: string, make: () => ServerMessage | undefined): void {
    this.#newest.set(matter, make);
    this.#tellNewest();
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

  #tellNewest(): void {
    for (const [matter, make] of this.#newest) {
      if (this.#socket.readyState !== this.#socket.OPEN || this.#socket.bufferedAmount > AHEAD) return;
      this.#newest.delete(matter);
      const message = make();
      if (message) this.tell(message);
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
