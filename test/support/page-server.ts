import { connect } from '#dist/client/connect.js';
import type { AccessRule } from '#dist/server/access.js';
import type { RunningServer } from '#dist/server/server.js';
import type { TokenStream } from '#dist/server/token-stream.js';
import type { LightStream } from './serving.ts';
import { serve } from './serving.ts';

/** A server, and the address of its page. */
export class PageServer {
  readonly url: string;
  readonly #server: RunningServer;

  private constructor(server: RunningServer) {
    this.url = `${server.url.replace('ws:', 'http:')}/`;
    this.#server = server;
  }

  /** On a free port of this machine. */
  static async start(
    streams: readonly (LightStream | TokenStream)[],
    access: readonly AccessRule[] = [],
  ): Promise<PageServer> {
    return new PageServer(await serve(streams, { access }));
  }

  /** Where it listens. */
  get port(): number {
    return Number(new URL(this.url).port);
  }

  add({ stream }: LightStream): void {
    this.#server.add(stream);
  }

  async remove(name: string): Promise<void> {
    await this.#server.remove(name);
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  /** Unix time of each frame of a camera up to a sequence, seconds. */
  async timesOf(name: string, last: number): Promise<ReadonlyMap<number, number>> {
    const client = await connect(this.#server.url);
    const times = new Map<number, number>();
    for await (const item of client.subscribe(name, { from: 'start', values: false })) {
      if (item.type !== 'packet') continue;
      const { sequence, wallclockUs = 0n } = item.packet.header;
      times.set(sequence, Number(wallclockUs) / 1e6);
      if (sequence >= last) break;
    }
    client.close();
    return times;
  }
}
