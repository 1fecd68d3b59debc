import type { AccessRule } from '#dist/server/access.js';
import type { RunningServer } from '#dist/server/server.js';
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
  static async start(streams: readonly LightStream[], access: readonly AccessRule[] = []): Promise<PageServer> {
    return new PageServer(await serve(streams, { access }));
  }

  add({ stream }: LightStream): void {
    this.#server.add(stream);
  }

  async remove(name: string): Promise<void> {
    await this.#server.remove(name);
  }
}
