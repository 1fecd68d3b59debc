import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FramenestError } from '../errors.ts';
import type { StillSlot } from '../operators/take-stills.ts';
import type { Access } from './access.ts';
import type { HttpApp } from './http.ts';
import { StillPictures } from './stills.ts';

/** What the build made of page/. */
const BUILT = fileURLToPath(new URL('../page/', import.meta.url));

/** What the page shows beside packets and events, which it gets over the WebSocket like every client. */
export interface PageParts {
  /** Where a stream of this name leaves its pictures. */
  readonly stills: (stream: string) => StillSlot | undefined;
  /** Whether who asks is let in; a stream that it may not see does not exist for it. */
  readonly access: Access;
  /** Of the built page. Default: the one that ships. */
  readonly folder?: string;
}

/**
 * The page at `/`, its files, and `GET /streams/<name>/still.jpg`: the newest decoded frame of a stream, as the encoder
 * sees it. Where the page was never built there are only the stills. What protects the page from others, its content
 * policy above all, is the server's.
 */
export function page({ stills, access, folder = BUILT }: PageParts) {
  return async (app: HttpApp): Promise<void> => {
    const pictures = new StillPictures();
    // Stills are numbered from 0 again when the server starts again.
    const run = randomUUID();
    app.get<{ Params: { stream: string } }>('/streams/:stream/still.jpg', async (request, reply) => {
      const { stream } = request.params;
      void reply.header('cache-control', 'no-store');
      const pass = access.admit(request.headers);
      if (pass instanceof FramenestError) return reply.code(401).type('text/plain').send(`${pass.message}\n`);
      const slot = pass.maySee(stream) ? stills(stream) : undefined;
      if (!slot) return reply.code(404).type('text/plain').send('There is no such stream.\n');
      return sendStill(request, reply, { slot, pictures, run });
    });
    if (existsSync(join(folder, 'index.html'))) await app.register(files, { folder });
  };
}

interface StillOrder {
  readonly slot: StillSlot;
  readonly pictures: StillPictures;
  readonly run: string;
}

async function sendStill(request: FastifyRequest, reply: FastifyReply, { slot, pictures, run }: StillOrder) {
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  const found = await pictures.of(slot, left.signal);
  // No content is no failure: a file that ended before anybody looked has no picture.
  if (!found) return reply.code(204).send();
  const { sequence, picture } = found.still;
  const tag = `"${run}-${sequence}"`;
  void reply
    .header('etag', tag)
    .header('framenest-sequence', sequence)
    .header('framenest-picture', `${picture.width}x${picture.height} ${picture.resize}`);
  if (request.headers['if-none-match'] === tag) return reply.code(304).send();
  return reply.type('image/jpeg').send(found.jpeg);
}

async function files(app: HttpApp, { folder }: { folder: string }): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    // Only what is there now has a route: everything else is the server's own 404.
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // Names of assets carry a digest of their content.
      const kept = path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      reply.setHeader('cache-control', kept);
    },
  });
}
