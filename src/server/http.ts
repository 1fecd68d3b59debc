import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { isIP } from 'node:net';
import fastify from 'fastify';
import type { FramenestError } from '../errors.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';
import type { ServerMetrics } from './metrics.ts';
import type { StreamDirectory } from './stream-directory.ts';

/** A request that is not whole by then is cut off, milliseconds. */
const REQUEST_MS = 10_000;

/** No request here has a body. */
const BODY_BYTES = 1024;

/** What the HTTP side shows. */
export interface HttpParts {
  readonly directory: StreamDirectory;
  readonly metrics: ServerMetrics;
  /** Name and version. */
  readonly name: string;
  /** Why this process had better be restarted, where it had. */
  readonly broken: () => FramenestError | undefined;
  /** The server takes no more sessions. */
  readonly leaving: () => boolean;
  /** Host names, beside addresses and `localhost`, by which it may be asked. */
  readonly hosts: ReadonlySet<string>;
}

/**
 * The HTTP side of a server: `/healthz`, `/readyz`, `/metrics`, and 426 for whoever comes to the WebSocket without one.
 * Not listening yet.
 */
export async function httpServer(parts: HttpParts): Promise<Server> {
  let http: Server | undefined;
  const app = fastify({
    serverFactory: (handler) => (http = createServer({ requestTimeout: REQUEST_MS }, handler)),
    bodyLimit: BODY_BYTES,
  });
  app.addHook('onRequest', async (request, reply) => {
    if (mayAsk(request.headers.host, parts.hosts)) return;
    await reply.code(403).type('text/plain').send('Ask by address, or list the page with --origin.\n');
  });
  app.get('/healthz', (_, reply) => {
    const error = parts.broken();
    return reply.code(error ? 503 : 200).send({ status: error ? 'broken' : 'ok', ...(error && wordsOf(error)) });
  });
  app.get('/readyz', (_, reply) => {
    const error = parts.broken();
    const ready = !error && !parts.leaving();
    const status = ready ? 'ready' : error ? 'broken' : 'leaving';
    const sources = parts.directory.all.map(({ name, status: { state, reason } }) => ({ name, state, reason }));
    return reply.code(ready ? 200 : 503).send({ status, server: parts.name, sources });
  });
  app.get('/metrics', async (_, reply) => reply.type(parts.metrics.contentType).send(await parts.metrics.text()));
  app.setNotFoundHandler((request, reply) => {
    if (request.url !== '/') return reply.code(404).type('text/plain').send('Nothing is here.\n');
    return reply.code(426).header('upgrade', 'websocket').type('text/plain').send(hint);
  });
  await app.ready();
  if (!http) throw new Error('Fastify made no server.');
  return http;
}

const hint = `framenest speaks WebSocket here, subprotocol ${PROTOCOL}.\n`;

function wordsOf({ code, what, mend }: FramenestError): { code: string; what: string; mend: string } {
  return { code, what, mend };
}

/**
 * A page elsewhere can have its own name point to this machine (DNS rebinding) and then read what is answered: only names
 * that nobody else can give away are answered.
 */
function mayAsk(host: string | undefined, known: ReadonlySet<string>): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) > 0 || known.has(hostname);
}
