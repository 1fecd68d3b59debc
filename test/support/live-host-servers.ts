import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

/** A trick on a question. */
export type QuestionTrick = Extract<Trick, { on: 'question' }>;

/** How a host behaves, where it does not simply answer. Each is used up by what it is done to. */
export type Trick =
  // Of a handshake.
  | { readonly on: 'connect'; readonly status: number; readonly words: string; readonly retryAfterS?: number }
  | { readonly on: 'connect'; readonly silent: true }
  // Of a question.
  | { readonly on: 'question'; readonly say?: readonly string[]; readonly then: 'silent' | 'cut' | 'nonsense' }
  | { readonly on: 'question'; readonly say?: readonly string[]; readonly closes: number; readonly words: string }
  | { readonly on: 'question'; readonly event: object };

/** What both hosts have: a port, connections, tricks, and what was asked. */
export abstract class LiveServer {
  /** What the model had before it at each question, the question last: texts, and pictures as `jpeg 384x288`. */
  readonly asked: string[][] = [];
  /** Connections so far. */
  connections = 0;
  /** Pictures that came over all connections. */
  pictures = 0;
  pieces: readonly string[] = ['A ', 'red ', 'door.'];
  tricks: Trick[] = [];
  readonly key = 'sk-right';
  protected readonly server: Server = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true });

  protected abstract path: RegExp;
  /** A client has connected. */
  protected abstract greet(socket: WebSocket, request: IncomingMessage): void;
  /** Why a handshake is refused; undefined where it is not. */
  protected abstract refusal(request: IncomingMessage): readonly [number, string] | undefined;

  protected async listen(): Promise<void> {
    this.server.on('upgrade', (request: IncomingMessage, socket, head) => {
      const refuse = (status: number, words: string, header = ''): void => {
        socket.end(`HTTP/1.1 ${status} No\r\n${header}content-length: ${words.length}\r\n\r\n${words}`);
      };
      if (!this.path.test(request.url ?? '')) return refuse(404, 'Not Found');
      const trick = this.trick('connect');
      if (trick && 'status' in trick) {
        const { status, words, retryAfterS } = trick;
        return refuse(status, words, retryAfterS === undefined ? '' : `retry-after: ${retryAfterS}\r\n`);
      }
      const refusal = this.refusal(request);
      if (refusal) return refuse(...refusal);
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
        this.connections++;
        if (!trick) this.greet(accepted, request);
      });
    });
    onTestFinished(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
      this.server.closeAllConnections();
      this.server.close();
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  /** Sockets that are open. */
  get open(): number {
    return [...this.#sockets.clients].filter(({ readyState }) => readyState === 1).length;
  }

  /** Cuts every connection, as a network does. */
  cut(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  protected trick<On extends Trick['on']>(on: On): Extract<Trick, { on: On }> | undefined {
    const at = this.tricks.findIndex((trick) => trick.on === on);
    return at < 0 ? undefined : (this.tricks.splice(at, 1)[0] as Extract<Trick, { on: On }>);
  }
}
