import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { sleep } from './sleep.ts';

/** A network between a camera and us that fails as a test tells it to. */
export class FaultProxy {
  port = 0;
  /** What was sent towards the camera, the first 64 Ki characters of it. */
  asked = '';
  readonly #target: () => number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #frozen = false;
  #delayMs = 0;

  private constructor(target: () => number) {
    this.#target = target;
  }

  /** @param target - port on this machine, asked for at each connection */
  static async open(target: () => number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    const server = createServer((near) => proxy.#join(near));
    onTestFinished(() => {
      proxy.reset();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    proxy.port = (server.address() as AddressInfo).port;
    return proxy;
  }

  /** Nothing passes any more, and nobody is told. */
  freeze(): void {
    this.#frozen = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Everything passes again, what was held back first. */
  thaw(): void {
    this.#frozen = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  /** Cuts every connection hard, as a router does that lost its table. */
  reset(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Everything arrives so much later from now on. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  #join(near: Socket): void {
    const far = connect(this.#target(), '127.0.0.1');
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    near.on('data', (chunk: Buffer) => (this.asked = (this.asked + chunk.toString('latin1')).slice(0, 65_536)));
    for (const [from, to] of [pair, [far, near] as const]) {
      let before = Promise.resolve();
      from.on('data', (chunk: Buffer) => {
        before = before.then(() => sleep(this.#delayMs)).then(() => void to.write(chunk));
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#pairs.delete(pair);
        void before.then(() => to.destroy());
      });
      if (this.#frozen) from.pause();
    }
  }
}
