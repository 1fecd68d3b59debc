import type { Server as HttpServer } from 'node:http';
import { isIPv6 } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { VerifyClientCallbackAsync, WebSocket } from 'ws';
import { FramenestError, errorCodes } from '../errors.ts';
import { CONTROL_BYTES } from '../wire/control-message.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';
import { httpServer } from './http.ts';
import { ServerMetrics } from './metrics.ts';
import type { EncoderTimes } from './metrics.ts';
import { isLoopback, mayConnect, parseOrigins } from './origin.ts';
import { Session } from './session.ts';
import { StreamDirectory } from './stream-directory.ts';
import { logStream } from './stream-log.ts';
import type { TokenStream } from './token-stream.ts';

/** Sockets at most; more are answered SESSION_LIMIT. */
const SESSIONS = 1024;

/** A message up to this size is read, to be refused in words; a longer one costs the socket at its first bytes. */
const READ_BYTES = 4 * CONTROL_BYTES;

const HEARTBEAT_MS = 30_000;

/** Time that clients have after `goaway` before their sockets are cut. */
const GOAWAY_MS = 2_000;

/** Where to listen, and what to serve. */
export interface ServerOptions {
  /** Address to bind; only loopback is allowed while there is no authentication. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Each with a name of its own; closed with the server. */
  readonly streams: readonly TokenStream[];
  /** Name and version, for `welcome`. */
  readonly name: string;
  /** Origins of the web pages that may connect, such as `http://localhost:5173`. Programs may always. Default: none. */
  readonly origins?: readonly string[];
  /** A client that answers no ping for two of these is taken for dead, milliseconds. Default 30,000. */
  readonly heartbeatMs?: number;
  /** Why this process had better be restarted, for `/healthz`; `undefined` while all is well. */
  readonly broken?: () => FramenestError | undefined;
  /** Silent by default. */
  readonly log?: Logger;
}

/** A running server. */
export interface RunningServer {
  /** `ws://host:port` with the port that is really open. */
  readonly url: string;
  /**
   * Offers one more stream, and tells every session.
   * @throws FramenestError OPTION_INVALID where its name is taken; ABORTED once the server closes
   */
  add(stream: TokenStream): void;
  /** Closes a stream and offers it no more. */
  remove(name: string): Promise<void>;
  /** Takes in how long a frame waited for the encoder and ran, for the metrics. */
  readonly encoded: EncoderTimes;
  /**
   * Says goaway, stops the streams, gives clients two seconds to take what is left, and closes the sockets. Safe to call
   * twice.
   */
  close(): Promise<void>;
}

/**
 * Serves token streams over WebSocket, subprotocol framenest.v1 (docs/protocol.md).
 * @throws FramenestError OPTION_INVALID, LISTEN_REFUSED beyond loopback, LISTEN_FAILED where the port is taken
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, streams, name, heartbeatMs = HEARTBEAT_MS, log = pino({ level: 'silent' }) } = options;
  refuseOpenHost(host);
  const origins = parseOrigins(options.origins ?? []);
  const directory = new StreamDirectory(streams);
  const sessions = new Map<WebSocket, Session>();
  const metrics = new ServerMetrics(directory, {
    sessions: () => sessions.size,
    subscriptions: () => [...sessions.values()].reduce((sum, session) => sum + session.subscriptions, 0),
  });
  let closing: Promise<void> | undefined;
  const http = await httpServer({
    ...{ directory, metrics, name, broken: options.broken ?? (() => undefined), leaving: () => closing !== undefined },
    hosts: new Set([...origins].map((origin) => new URL(origin).hostname)),
  });
  const sockets = openSockets(http, origins, log);
  sockets.on('connection', (socket) => welcome(socket, { directory, sessions, name, log }));
  const url = await listen(http, host, port);
  const heartbeat = keepAlive(sockets, heartbeatMs);
  for (const stream of streams) logStream(stream, log);
  const close = async (): Promise<void> => {
    clearInterval(heartbeat);
    const closed = new Promise((resolve) => http.close(resolve));
    for (const session of sessions.values()) session.goaway(GOAWAY_MS);
    await directory.close();
    await leave(sockets, [...sessions.values()]);
    // Who connected and never spoke would keep the server open.
    http.closeAllConnections();
    await closed;
  };
  return {
    url,
    encoded: metrics.encoded,
    add: (stream) => {
      directory.add(stream);
      logStream(stream, log);
    },
    remove: (gone) => directory.remove(gone),
    close: () => (closing ??= close()),
  };
}

interface Reception {
  readonly directory: StreamDirectory;
  readonly sessions: Map<WebSocket, Session>;
  readonly name: string;
  readonly log: Logger;
}

function openSockets(server: HttpServer, origins: ReadonlySet<string>, log: Logger): WebSocketServer {
  const sockets = new WebSocketServer({
    server,
    maxPayload: READ_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    verifyClient: checkOrigin(origins, log),
  });
  // The same error rejects `listen`.
  return sockets.on('error', () => undefined);
}

/** A new socket becomes a session, or is told why not. */
function welcome(socket: WebSocket, { directory, sessions, name, log }: Reception): void {
  socket.on('error', (error) => log.warn({ reason: error.message }, 'socket failed'));
  const refusal = refuse(socket, sessions.size);
  if (refusal) return socket.close(errorCodes[refusal].closeCode, refusal);
  sessions.set(socket, new Session(socket, directory, name));
  log.info({ sessions: sessions.size }, 'session opened');
  socket.on('close', (status, reason) => {
    sessions.delete(socket);
    log.info({ sessions: sessions.size, status, reason: reason.toString() }, 'session closed');
  });
}

function checkOrigin(origins: ReadonlySet<string>, log: Logger): VerifyClientCallbackAsync {
  return ({ origin, req }, answer) => {
    if (mayConnect(req.headers, origins)) return answer(true);
    log.warn({ origin }, 'refused a page of another origin');
    answer(false, 403);
  };
}

function refuse(socket: WebSocket, open: number): 'PROTOCOL_UNSUPPORTED' | 'SESSION_LIMIT' | undefined {
  if (socket.protocol !== PROTOCOL) return 'PROTOCOL_UNSUPPORTED';
  return open >= SESSIONS ? 'SESSION_LIMIT' : undefined;
}

/** Without a token anybody who reaches the port sees every camera. */
function refuseOpenHost(host: string): void {
  if (isLoopback(host)) return;
  throw new FramenestError('LISTEN_REFUSED', {
    what: `The server was asked to listen on "${host}", beyond this machine, without authentication.`,
    mend: 'Listen on 127.0.0.1, and put a proxy that authenticates in front of it.',
  });
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
function keepAlive(sockets: WebSocketServer, everyMs: number): NodeJS.Timeout {
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
  }, everyMs);
  return timer.unref();
}

/** Waits for clients that still take what is left, though not for long; closes, then cuts, every socket. */
async function leave(sockets: WebSocketServer, sessions: readonly Session[]): Promise<void> {
  const limit = AbortSignal.timeout(GOAWAY_MS);
  await Promise.all(sessions.map((session) => session.settled(limit)));
  const open = [...sockets.clients].map(
    (socket) =>
      new Promise<void>((resolve) => {
        const cut = setTimeout(() => socket.terminate(), GOAWAY_MS);
        socket.once('close', () => {
          clearTimeout(cut);
          resolve();
        });
        socket.close(errorCodes.ABORTED.closeCode, 'ABORTED');
      }),
  );
  await Promise.all(open);
  sockets.close();
}
