import { createConnection } from 'node:net';
import type { AddressInfo } from 'node:net';
import { StillSlot } from '#dist/operators/take-stills.js';
import { Access } from '#dist/server/access.js';
import type { AccessRule } from '#dist/server/access.js';
import { httpServer } from '#dist/server/http.js';
import { ServerMetrics } from '#dist/server/metrics.js';
import { page } from '#dist/server/page.js';
import { startServer } from '#dist/server/server.js';
import { StreamDirectory } from '#dist/server/stream-directory.js';
import type { FrameSource } from '#dist/media/frame-source.js';
import { onTestFinished } from 'vitest';
import type { LightStream } from './serving.ts';

/** A server with the page: HTTP with every header and bound of the real one, WebSockets handed on to a real server. */
export class PageServer {
  readonly url: string;
  readonly #slots: Map<string, StillSlot>;
  readonly #directory: StreamDirectory;
  readonly #server: Awaited<ReturnType<typeof startServer>>;

  private constructor(url: string, parts: Pick<PageParts, 'slots' | 'directory' | 'server'>) {
    this.url = url;
    this.#slots = parts.slots;
    this.#directory = parts.directory;
    this.#server = parts.server;
  }

  /** On a free port of this machine. */
  static async start(streams: readonly LightStream[], rules: readonly AccessRule[] = []): Promise<PageServer> {
    const slots = new Map(streams.map((each) => [each.stream.name, slotOf(each.source)]));
    const directory = new StreamDirectory(streams.map(({ stream }) => stream));
    const access = new Access(rules);
    const server = await startServer({
      ...{ host: '127.0.0.1', port: 0, name: 'test', streams: streams.map(({ stream }) => stream) },
      ...(rules.length > 0 && { access: rules }),
    });
    onTestFinished(() => server.close());
    const url = await listen({ slots, directory, server, access });
    return new PageServer(url, { slots, directory, server });
  }

  add(added: LightStream): void {
    this.#slots.set(added.stream.name, slotOf(added.source));
    this.#directory.add(added.stream);
    this.#server.add(added.stream);
  }

  async remove(name: string): Promise<void> {
    await this.#server.remove(name);
    await this.#directory.remove(name);
  }
}

interface PageParts {
  readonly slots: Map<string, StillSlot>;
  readonly directory: StreamDirectory;
  readonly server: Awaited<ReturnType<typeof startServer>>;
  readonly access: Access;
}

async function listen({ slots, directory, server, access }: PageParts): Promise<string> {
  const http = await httpServer({
    ...{ directory, access, name: 'test', broken: () => undefined, leaving: () => false, hosts: new Set<string>() },
    metrics: new ServerMetrics(directory, { sessions: () => 0, subscriptions: () => 0 }),
    page: page({
      stills: (stream) => slots.get(stream),
      mayRead: ({ headers }, stream) => {
        const pass = access.admit(headers);
        return 'maySee' in pass && pass.maySee(stream);
      },
    }),
  });
  http.on('upgrade', (request, socket, head) => {
    const { hostname, port } = new URL(server.url);
    const onward = createConnection(Number(port), hostname);
    const lines = request.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? [`${name}: ${all[i + 1] ?? ''}`] : []));
    onward.write([`GET ${request.url ?? '/'} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    onward.write(head);
    onward.pipe(socket).pipe(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
}

/** Leaves the pictures of a source in a slot, as `takeStills` does. */
function slotOf(source: FrameSource): StillSlot {
  const slot = new StillSlot();
  const frames = source.frames.bind(source);
  const { width, height } = source.facts;
  source.frames = async function* (signal) {
    let sequence = 0;
    for await (const frame of frames(signal)) {
      slot.offer(frame, sequence++, { width, height, resize: 'stretch' });
      yield frame;
    }
  };
  return slot;
}
