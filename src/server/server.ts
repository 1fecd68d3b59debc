import { createServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { isIPv6 } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { FramenestError, errorCodes } from '../errors.ts';
import { CONTROL_BYTES } from '../wire/control-message.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';
import { Session } from './session.ts';
import type { TokenStream } from './token-stream.ts';

/** Sockets at most; more are answered SESSION_LIMIT. */
const SESSIONS = 1024;

/** A socket that answers no ping for two of these is taken for dead. */
const HEARTBEAT_MS = 30_000;

/** Time that clients have after `goaway` before their sockets are cut. */
const GOAWAY_MS = 2_000;

/** Where to listen, and what to serve. */
export interface ServerOptions {
  /** Address to bind; only loopback is allowed while there is no authentication. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly streams: readonly TokenStream[];
  /** Name and version, for `welcome`. */
  readonly name: string;
  /** Silent by default. */
  readonly log?: Logger;
}

/** A running server. */
export interface RunningServer {
  /** `ws://host:port` with the port that is really open. */
  readonly url: string;
  /** Says goaway, waits a moment for clients to leave, closes the sockets and the streams. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Serves token streams over WebSocket, subprotocol framenest.v1 (docs/protocol.md).
 * @throws FramenestError LISTEN_REFUSED beyond loopback, LISTEN_FAILED where the port is taken
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, streams, name, log = pino({ level: 'silent' }) } = options;
  refuseOpenHost(host);
  const http = createServer((_, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
    response.end(`framenest speaks WebSocket here, subprotocol ${PROTOCOL}.\n`);
  });
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: CONTROL_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    verifyClient: ({ req }: { req: IncomingMessage }) => sameOrigin(req),
  });
  const byName = new Map(streams.map((stream) => [stream.facts.name, stream]));
  const sessions = new Map<WebSocket, Session>();
  sockets.on('error', () => undefined);
  sockets.on('connection', (socket) => {
    socket.on('error', (error) => log.warn({ err: error }, 'socket failed'));
    const refusal = refuse(socket, sessions.size);
    if (refusal) return socket.close(errorCodes[refusal].closeCode, refusal);
    sessions.set(socket, new Session(socket, byName, name));
    socket.on('close', () => sessions.delete(socket));
    log.info({ sessions: sessions.size }, 'session opened');
  });
  const url = await listen(http, host, port);
  const heartbeat = keepAlive(sockets);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(heartbeat);
    for (const session of sessions.values()) session.goaway(GOAWAY_MS);
    await Promise.all(streams.map((stream) => stream.close()));
    await leave(sockets);
    await new Promise((resolve) => http.close(resolve));
  };
  return { url, close: () => (closing ??= close()) };
}

function refuse(socket: WebSocket, open: number): 'PROTOCOL_UNSUPPORTED' | 'SESSION_LIMIT' | undefined {
  if (socket.protocol !== PROTOCOL) return 'PROTOCOL_UNSUPPORTED';
  return open >= SESSIONS ? 'SESSION_LIMIT' : undefined;
}

/** Without a token anybody who reaches the port sees every camera. */
function refuseOpenHost(host: string): void {
  if (host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)) return;
  throw new FramenestError('LISTEN_REFUSED', {
    what: `The server was asked to listen on ${host}, beyond this machine, without authentication.`,
    mend: 'Listen on 127.0.0.1, and put a proxy that authenticates in front of it.',
  });
}

/** A page of another site must not reach a server on its reader's machine. Programs send no Origin. */
function sameOrigin({ headers }: IncomingMessage): boolean {
  if (headers.origin === undefined) return true;
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host;
}

function listen(http: HttpServer, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) => {
      const what = `Cannot listen on ${host}:${port}: ${cause.code ?? cause.message}.`;
      reject(
        new FramenestError('LISTEN_FAILED', { what, mend: 'Choose another --port; 0 takes any free one.', cause }),
      );
    });
    http.listen(port, host, () => {
      const bound = http.address() as AddressInfo;
      resolve(`ws://${isIPv6(bound.address) ? `[${bound.address}]` : bound.address}:${bound.port}`);
    });
  });
}

/** A vanished client sends no close: without pings its session would stay for ever. */
function keepAlive(sockets: WebSocketServer): NodeJS.Timeout {
  const answered = new WeakSet<WebSocket>();
  sockets.on('connection', (socket) => {
    answered.add(socket);
    socket.on('pong', () => answered.add(socket));
  });
  const timer = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!answered.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, HEARTBEAT_MS);
  return timer.unref();
}

/** Closes every socket; cuts those that do not answer in time. */
async function leave(sockets: WebSocketServer): Promise<void> {
  const open = [...sockets.clients].map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        socket.close(errorCodes.ABORTED.closeCode, 'ABORTED');
        setTimeout(() => socket.terminate(), GOAWAY_MS).unref();
      }),
  );
  await Promise.all(open);
  sockets.close();
}
