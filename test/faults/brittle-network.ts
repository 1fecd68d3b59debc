import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Random } from '../support/random.ts';

/** Bytes to the client after which a connection is cut: from the middle of the handshake to many packets. */
const LIFE = { least: 64, most: 60_000 };

/** A network that cuts connections after random numbers of bytes, for as long as it is told to. */
export class BrittleNetwork {
  port = 0;
  /** Connections cut so far. */
  cuts = 0;
  readonly #random: Random;
  /** Cuts to come before it holds. */
  #left = 0;

  private constructor(random: Random) {
    this.#random = random;
  }

  /** @param target - port on this machine, asked for at each connection */
  static async open(target: () => number, random: Random): Promise<BrittleNetwork> {
    const network = new BrittleNetwork(random);
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(target(), '127.0.0.1');
      for (const socket of [near, far]) sockets.add(socket.on('close', () => sockets.delete(socket)));
      network.#join(near, far);
    });
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    network.port = (server.address() as AddressInfo).port;
    return network;
  }

  /** Cuts so many connections from now on. */
  cutMore(cuts: number): void {
    this.#left += cuts;
  }

  #join(near: Socket, far: Socket): void {
    // Short lives as often as long ones: there are many places in a handshake.
    let life = LIFE.least * (LIFE.most / LIFE.least) ** this.#random.next();
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
    near.on('data', (chunk: Buffer) => far.write(chunk));
    far.on('data', (chunk: Buffer) => {
      if (life > chunk.length || this.#left === 0) {
        life -= chunk.length;
        near.write(chunk);
        return;
      }
      this.#left--;
      this.cuts++;
      // What fits is still told, so that messages end in their middle.
      near.end(chunk.subarray(0, Math.max(0, life)));
      far.resetAndDestroy();
    });
  }
}
