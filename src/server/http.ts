import { createServer } from 'node:http';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FramenestError } from '../errors.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';
import type { Access } from './access.ts';
import { clientOf } from './client-address.ts';
import { CONNECTIONS, boundConnections } from './connection-bounds.ts';
import type { ConnectionBounds } from './connection-bounds.ts';
import type { ServerMetrics } from './metrics.ts';
import { isOwnName } from './origin.ts';
import type { StreamDirectory } from './stream-directory.ts';
import type { TlsIdentity } from './tls.ts';

/** Whoever connects has so long for a TLS handshake, for the header and for the whole request, milliseconds. */
const TIMES = {
  handshakeTimeout: 5_000,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  /** How late a timeout may strike. */
  connectionsCheckingInterval: 1_000,
} as const;

/** The oldest that is spoken. */
export const TLS_VERSION = 'TLSv1.2';

/** A request's header, bytes: room for a token and what proxies add. */
const HEADER_BYTES = 8_192;

/** No request here has a body. */
const BODY_BYTES = 1024;

/** Requests in ten seconds of one address, and of this machine with whoever comes through a proxy on it. WebSockets are counted elsewhere. */
const REQUESTS = { each: 600, local: 6000, timeWindow: 10_000 } as const;

/** What these are counted by. */
const LOCAL = 'local';

/** A page loads nothing from elsewhere, runs no script of its own text and is shown in no frame. WebSockets to its own host are 'self'. */
const POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'blob:', 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** What a page is added to. */
export type HttpApp = FastifyInstance;

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
  readonly access: Access;
  /** Makes it https. */
  readonly tls?: TlsIdentity;
  /** Adds the page at `/` and what belongs to it. Nothing here asks for a token there: what shows a stream has to. */
  readonly page?: (app: HttpApp) => Promise<void>;
  /** In place of the built-in ones. */
  readonly connections?: ConnectionBounds;
  /** Requests that this machine's programs may send in ten seconds, in place of the built-in number. */
  readonly localRequests?: number;
}

/**
 * The HTTP side of a server: `/healthz` for everybody, `/readyz` and `/metrics` for who may measure, a page where there is
 * one, else 426 for whoever comes to the WebSocket without one. Not listening yet.
 */
export async function httpServer(parts: HttpParts): Promise<Server> {
  let http: Server | undefined;
  const app = fastify({
    serverFactory: (handler) => (http = makeServer(handler, parts.tls)),
    bodyLimit: BODY_BYTES,
  });
  await protect(app, parts);
  addEndpoints(app, parts);
  await parts.page?.(app);
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    if (request.url !== '/') return reply.code(404).type('text/plain').send('Nothing is here.\n');
    return reply.code(426).header('upgrade', 'websocket').type('text/plain').send(hint);
  });
  await app.ready();
  if (!http) throw new Error('Fastify made no server.');
  boundConnections(http, parts.connections ?? CONNECTIONS);
  return http;
}

const hint = `framenest speaks WebSocket here, subprotocol ${PROTOCOL}.\n`;

function makeServer(handler: RequestListener, tls: TlsIdentity | undefined): Server {
  const options: ServerOptions = { ...TIMES, maxHeaderSize: HEADER_BYTES };
  if (!tls) return createServer(options, handler);
  const { cert, key } = tls;
  return createTlsServer({ ...options, ...TIMES, cert, key, minVersion: TLS_VERSION }, handler);
}

/** What holds for every request. */
async function protect(app: FastifyInstance, { hosts, localRequests = REQUESTS.local }: HttpParts): Promise<void> {
  // Whether a host is to be asked by https alone is for those to say who run other things on it.
  await app.register(helmet, { contentSecurityPolicy: POLICY, strictTransportSecurity: false });
  await app.register(rateLimit, {
    timeWindow: REQUESTS.timeWindow,
    max: (_, client) => (client === LOCAL ? localRequests : REQUESTS.each),
    keyGenerator: ({ ip }) => clientOf(ip) ?? LOCAL,
    errorResponseBuilder: (_, { statusCode }) => ({ statusCode, code: 'RATE_LIMITED', message: 'Too many requests.' }),
  });
  app.addHook('onRequest', async (request, reply) => {
    if (mayAsk(request.headers.host, hosts)) return;
    await reply.code(403).type('text/plain').send('Ask by address, or list the page with --origin.\n');
  });
}

function addEndpoints(app: FastifyInstance, { broken, leaving, directory, metrics, ...parts }: HttpParts): void {
  const onRequest = measurers(parts.access);
  app.get('/healthz', (_, reply) => {
    const error = broken();
    return reply.code(error ? 503 : 200).send({ status: error ? 'broken' : 'ok' });
  });
  app.get('/readyz', { onRequest }, (_, reply) => {
    const error = broken();
    const ready = !error && !leaving();
    const status = ready ? 'ready' : error ? 'broken' : 'leaving';
    const sources = directory.all.map(({ name, status: { state, reason } }) => ({ name, state, reason }));
    const words = error && { code: error.code, what: error.what, mend: error.mend };
    return reply.code(ready ? 200 : 503).send({ status, server: parts.name, ...words, sources });
  });
  app.get('/metrics', { onRequest }, async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}

/** Lets through who may measure. */
function measurers(access: Access): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    const pass = access.admit(request.headers);
    if ('mayMeasure' in pass) {
      if (!pass.mayMeasure) await reply.code(403).type('text/plain').send('This token has no right to "metrics".\n');
      return;
    }
    const { code, message } = pass;
    await reply.code(401).header('www-authenticate', 'Bearer').type('text/plain').send(`${code}: ${message}\n`);
  };
}

/**
 * A page elsewhere can have its own name point to this machine (DNS rebinding) and then read what is answered: only names
 * that nobody else can give away are answered.
 */
function mayAsk(host: string | undefined, known: ReadonlySet<string>): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return isOwnName(hostname) || known.has(hostname);
}
