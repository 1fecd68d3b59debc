import { createSocket } from 'node:dgram';
import type { Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A network between a camera that sends over UDP and us: it can lose every packet while the RTSP connection stays. */
export class UdpRelay {
  port = 0;
  /** Whether RTP and RTCP of the camera get lost. */
  deaf = false;
  /** Datagrams of the camera that arrived. */
  passed = 0;
  readonly #target: number;
  readonly #open = new Set<{ destroy: () => void }>();

  private constructor(target: number) {
    this.#target = target;
  }

  /** @param target - RTSP port of the camera on this machine */
  static async open(target: number): Promise<UdpRelay> {
    const relay = new UdpRelay(target);
    const server = createServer((near) => relay.#join(near));
    onTestFinished(() => {
      for (const each of relay.#open) each.destroy();
      server.close();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    relay.port = (server.address() as AddressInfo).port;
    return relay;
  }

  #join(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1');
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
    far.pipe(near);
    let before = Promise.resolve();
    near.on('data', (chunk: Buffer) => {
      before = before.then(async () => void far.write(await this.#redirected(chunk.toString('latin1')), 'latin1'));
    });
  }

  /** A request that asks for our ports in place of the client's own. */
  async #redirected(request: string): Promise<string> {
    const [asked, rtp, rtcp] = /client_port=(\d+)-(\d+)/.exec(request) ?? [];
    if (asked === undefined) return request;
    const ports = await Promise.all([rtp, rtcp].map((port) => this.#passOn(Number(port))));
    return request.replace(asked, `client_port=${ports.join('-')}`);
  }

  /** @returns a port, what is sent to which goes on to this one */
  async #passOn(to: number): Promise<number> {
    const socket: Datagrams = createSocket('udp4');
    this.#open.add({ destroy: () => socket.close() });
    socket.on('message', (data) => {
      if (this.deaf) return;
      this.passed++;
      socket.send(data, to, '127.0.0.1');
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return socket.address().port;
  }
}
