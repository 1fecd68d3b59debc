import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A network that cuts each connection after so many bytes to the client: in the handshake, between frames, in a frame. */
export class CuttingProxy {
  readonly url: string;
  /** Connections that were cut so far. */
  cuts = 0;
  /** Lets go of its port and its connections. */
  readonly close: () => void;
  readonly #lives: number[];

  private constructor(port: number, lives: number[], close: () => void) {
    this.url = `ws://127.0.0.1:${port}`;
    this.#lives = lives;
    this.close = close;
  }

  /** @param lives - bytes of each connection in turn; those that follow stay */
  static async open(target: number, lives: readonly number[]): Promise<CuttingProxy> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => proxy.#join(near, connect(target, '127.0.0.1'), sockets));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = (): void => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
    const proxy = new CuttingProxy((server.address() as AddressInfo).port, [...lives], close);
    onTestFinished(close);
    return proxy;
  }

  #join(near: Socket, far: Socket, sockets: Set<Socket>): void {
    let left = this.#lives.shift() ?? Infinity;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => far.write(chunk));
    far.on('data', (chunk: Buffer) => {
      if (left <= 0) return;
      near.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      this.cuts++;
      near.end();
      far.destroy();
    });
  }
}
